import type { Env } from "../core/env.ts";

/** The share of a lease's time after which we no longer trust it without word from the node. */
const TRUSTED_SHARE = 0.8;

/**
 * How long this worker may take the run for its own, by the wall and by the monotonic clock: the first notices a laptop
 * that slept, the second a wall clock that was set back.
 */
export class LeaseClock {
  readonly #env: Env;
  #trustedUntil = { wall: 0, monotonic: 0 };

  constructor(env: Env) {
    this.#env = env;
  }

  /** @param askedAt - Reading of `askTime` from before the request was sent, so that its travel counts against the lease. */
  confirm(askedAt: AskTime, leaseMs: number): void {
    const trustedMs = leaseMs * TRUSTED_SHARE;
    this.#trustedUntil = { wall: askedAt.wall + trustedMs, monotonic: askedAt.monotonic + trustedMs };
  }

  get isTrusted(): boolean {
    return this.#env.now() < this.#trustedUntil.wall && this.#env.monotonic() < this.#trustedUntil.monotonic;
  }
}

export interface AskTime {
  readonly wall: number;
  readonly monotonic: number;
}

export function askTime(env: Env): AskTime {
  return { wall: env.now(), monotonic: env.monotonic() };
}
