/** The longest delay that a timer can have; Node cuts longer ones to it as well. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Says when a connection was idle for a time.
 *
 * Its timers are those of the code, so that their firing has a place in the journal. How often they are set must therefore not
 * depend on how a body is cut into chunks, which differs between a recording and its replay: what happens on the connection is
 * only noted, and a timer that finds such a note when it fires begins anew. A connection that was busy is thus called idle
 * after one to two times the delay; where a moment is the same in every replay, `restart` makes it exact.
 */
export class IdleTimer {
  readonly #onIdle: () => void;
  #delayMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wasBusy = false;

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  /** @param delayMs - Zero for never. */
  set(delayMs: number): void {
    this.#delayMs = Math.min(delayMs, MAX_DELAY_MS);
    this.restart();
  }

  /** Something happened of which nobody knows how often it does. */
  note(): void {
    this.#wasBusy = true;
    if (this.#timer === undefined && this.#delayMs > 0) this.restart();
  }

  restart(): void {
    this.clear();
    if (this.#delayMs === 0) return;
    this.#wasBusy = false;
    this.#timer = setTimeout(() => this.#fire(), this.#delayMs);
    this.#timer.unref();
  }

  clear(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #fire(): void {
    this.#timer = undefined;
    if (this.#wasBusy) this.restart();
    else this.#onIdle();
  }
}
