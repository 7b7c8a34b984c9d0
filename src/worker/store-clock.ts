import type { Env } from "../core/env.ts";

/**
 * The store's clock, as far as the node's answers tell. Where a wall clock was set, or a machine slept, our own two clocks
 * disagree about the time since the last answer: what a wait is due by goes by the later reading, what ends it here by the
 * earlier one, so that no wait is too short.
 */
export class StoreClock {
  readonly #env: Env;
  #offset = { wall: 0, monotonic: 0 };

  constructor(env: Env) {
    this.#env = env;
  }

  heard(storeNow: number): void {
    this.#offset = { wall: storeNow - this.#env.now(), monotonic: storeNow - this.#env.monotonic() };
  }

  get earliest(): number {
    return Math.min(...this.#readings());
  }

  get latest(): number {
    return Math.max(...this.#readings());
  }

  #readings(): readonly number[] {
    const { wall, monotonic } = this.#offset;
    return [this.#env.now() + wall, Math.floor(this.#env.monotonic() + monotonic)];
  }
}
