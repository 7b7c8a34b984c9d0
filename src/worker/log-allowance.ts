import type { Env } from "../core/env.ts";
import { LIMITS } from "../core/limits.ts";

const { linesPerSecond, burstLines, charactersPerSecond, burstCharacters } = LIMITS.logs;

/** How much one run may still log: it grows with time up to the burst, and each line takes from it. */
export class LogAllowance {
  readonly #env: Pick<Env, "monotonic">;
  #lines: number = burstLines;
  #characters: number = burstCharacters;
  #countedAt: number;

  constructor(env: Pick<Env, "monotonic">) {
    this.#env = env;
    this.#countedAt = env.monotonic();
  }

  /** No line has room: what it would say need not even be found out. */
  get isSpent(): boolean {
    this.#grow();
    return this.#lines < 1 || this.#characters < 1;
  }

  /** Whether the line has room. The last one may be longer than what is left, and is paid for later. */
  take(characters: number): boolean {
    if (this.isSpent) return false;
    this.#lines -= 1;
    this.#characters -= characters;
    return true;
  }

  #grow(): void {
    const now = this.#env.monotonic();
    const seconds = (now - this.#countedAt) / 1_000;
    this.#countedAt = now;
    this.#lines = Math.min(burstLines, this.#lines + seconds * linesPerSecond);
    this.#characters = Math.min(burstCharacters, this.#characters + seconds * charactersPerSecond);
  }
}
