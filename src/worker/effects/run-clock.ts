import { type ClockChannel, ClockReader, ClockWriter } from "../../core/clock-reads.ts";
import type { Env } from "../../core/env.ts";

const NOTHING_RECORDED = new ClockReader();

/**
 * What the clock shows the code of one execution. Live it shows the time, and what was shown is kept with the next entry; in a
 * replay it shows what it showed then. Where the code asks more often than it did then, time goes on from what it saw last, so
 * that a loop which waits for an instant comes to its end.
 */
export class RunClock {
  readonly #env: Env;
  readonly #isLive: () => boolean;
  readonly #writer = new ClockWriter();
  readonly #wall = new Channel();
  readonly #mono = new Channel();
  #reader = NOTHING_RECORDED;

  constructor(env: Env, isLive: () => boolean) {
    this.#env = env;
    this.#isLive = isLive;
  }

  now(): number {
    return this.#read("wall", this.#wall, (monotonic) =>
      Math.floor(this.#isLive() ? this.#env.now() : (this.#wall.goesOn(monotonic) ?? this.#env.now())),
    );
  }

  /** Live it goes on from what it showed in a replay: it belongs to the run, and no process knows that of another. */
  monotonic(): number {
    return this.#read("mono", this.#mono, (monotonic) => rounded(this.#mono.goesOn(monotonic) ?? monotonic));
  }

  /** @param recorded - What it showed in the stretch of code that follows; `undefined` where nothing is recorded of it. */
  enter(recorded: readonly string[] | undefined): void {
    if (recorded !== undefined) this.#writer.take();
    if (recorded === undefined && !this.#isLive()) return;
    if (recorded === undefined || recorded.length === 0) {
      this.#reader = NOTHING_RECORDED;
      return;
    }
    this.#reader = new ClockReader();
    for (const text of recorded) this.#reader.append(text);
  }

  /** The reads since the last entry. */
  take(): string | undefined {
    return this.#writer.take();
  }

  #read(name: ClockChannel, channel: Channel, compute: (monotonic: number) => number): number {
    // Also live: what follows the last result was read before its process ended, and has led to a request that may have left.
    const recorded = this.#reader.next(name);
    const monotonic = this.#env.monotonic();
    if (recorded !== undefined) {
      channel.showed(recorded, monotonic);
      return recorded;
    }
    const shown = compute(monotonic);
    this.#writer.add(name, shown);
    return shown;
  }
}

/** What one of the two clocks showed last in a replay, and when that was. */
class Channel {
  #shown: { readonly ms: number; readonly at: number } | undefined;

  showed(ms: number, at: number): void {
    this.#shown = { ms, at };
  }

  /** What was shown last and the time since. */
  goesOn(at: number): number | undefined {
    return this.#shown && this.#shown.ms + (at - this.#shown.at);
  }
}

/** As it is kept. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
