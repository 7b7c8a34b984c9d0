import type { Env } from "../core/env.ts";

/** Progress of one of our clocks that the other does not show, up to which we do not call it a jump. */
const DRIFT_MS = 1_000;

/**
 * The store's clock, as far as the node's answers tell. Where a wall clock was set, or a machine slept, our own two clocks
 * disagree about the time since the last answer, and only the next one tells which is right.
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

  /** False: ask the node before anything is due by this clock. */
  get isCertain(): boolean {
    return Math.abs(this.#byWall - this.#byMonotonic) < DRIFT_MS;
  }

  /** The earlier of two uncertain readings, so that nothing ends before its time. */
  now(): number {
    return Math.min(this.#byWall, this.#byMonotonic);
  }

  get #byWall(): number {
    return this.#env.now() + this.#offset.wall;
  }

  get #byMonotonic(): number {
    return Math.floor(this.#env.monotonic() + this.#offset.monotonic);
  }
}
