import type { VirtualEnv } from "./virtual-env.ts";

/** Real milliseconds. */
const PATIENCE_MS = 20;
const TEN_YEARS_MS = 10 * 365 * 24 * 60 * 60 * 1_000;

/**
 * Lets virtual time pass for code that may also do real work. While user code is busy with something that virtual time knows
 * nothing of, such as a step, no virtual time passes; while it waits for an answer over the network it passes as the real one
 * does, so that a timeout of ten seconds is one.
 */
export class Driver {
  readonly #env: VirtualEnv;
  isBusy: () => boolean = () => false;
  /** User code waits for an answer over the network: as long as it takes, virtual time passes as the real one does. */
  isWaitingOutside: () => boolean = () => false;
  /** It cannot be told whether user code is busy: it gets a moment of real time. */
  isInDoubt: () => boolean = () => false;

  constructor(env: VirtualEnv) {
    this.#env = env;
  }

  /** Lets time pass until the promise settles. @throws when it has not after ten years. */
  async during<Result>(promise: Promise<Result>): Promise<Result> {
    let isSettled = false;
    const done = () => {
      isSettled = true;
    };
    promise.then(done, done);
    const end = this.#env.monotonic() + TEN_YEARS_MS;
    await this.#settle();
    while (!isSettled) {
      const next = this.#env.nextTimerIn;
      if (next === undefined || this.#env.monotonic() + next > end)
        throw new Error("Nothing will ever happen that could end this wait.");
      await this.#env.advance(next);
      await this.#settle();
    }
    return promise;
  }

  /** Lets this much time pass; user code that is busy gets a moment of real time at each timer, and no more. */
  async advance(ms: number): Promise<void> {
    const end = this.#env.monotonic() + ms;
    await this.#settle(PATIENCE_MS);
    for (
      let next = this.#env.nextTimerIn;
      next !== undefined && this.#env.monotonic() + next <= end;
      next = this.#env.nextTimerIn
    ) {
      await this.#env.advance(next);
      await this.#settle(PATIENCE_MS);
    }
    await this.#env.advance(end - this.#env.monotonic());
  }

  async #settle(patienceMs = Number.POSITIVE_INFINITY): Promise<void> {
    await this.#env.settle();
    const isWorthIt = (waited: number) =>
      (this.isBusy() && waited < patienceMs) || (this.isInDoubt() && waited < PATIENCE_MS);
    for (let waited = 0; isWorthIt(waited); waited++) {
      const before = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (this.isWaitingOutside()) await this.#env.advance(performance.now() - before);
      await this.#env.settle();
    }
  }
}
