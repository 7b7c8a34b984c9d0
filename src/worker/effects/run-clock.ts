import { type ClockChannel, ClockReader, ClockWriter } from "../../core/clock-reads.ts";
import type { Env } from "../../core/env.ts";

/**
 * What the clock shows the code of one execution. Live it shows the time, and what was shown is kept with the next entry; in a
 * replay it shows what it showed then. Where the code asks more often than it did then, time goes on from what it saw last, so
 * that a loop which waits for an instant comes to its end.
 */
export class RunClock {
  readonly #env: Env;
  readonly #isLive: () => boolean;
  readonly #writer = new ClockWriter();
  readonly #wall: Channel;
  readonly #mono: Channel;
  #reader = new ClockReader();

  constructor(env: Env, isLive: () => boolean) {
    this.#env = env;
    this.#isLive = isLive;
    this.#wall = new Channel(() => Math.floor(env.now()));
    this.#mono = new Channel(() => env.monotonic());
  }

  now(): number {
    return Math.floor(this.#read("wall", this.#wall, this.#env.now()));
  }

  monotonic(): number {
    return this.#read("mono", this.#mono, this.#mono.goesOn(this.#env.monotonic()));
  }

  /** @param recorded - What it showed in the stretch of code that follows; `undefined` where nothing is recorded of it. */
  enter(recorded: readonly string[] | undefined): void {
    if (recorded === undefined) return;
    this.#writer.take();
    this.#reader = new ClockReader();
    for (const text of recorded) this.#reader.append(text);
  }

  /** The reads since the last entry. */
  take(): string | undefined {
    return this.#writer.take();
  }

  #read(name: ClockChannel, channel: Channel, live: number): number {
    const recorded = this.#isLive() ? undefined : this.#reader.next(name);
    if (recorded !== undefined) {
      channel.show(recorded, this.#env.monotonic());
      return recorded;
    }
    const shown = rounded(this.#isLive() ? live : channel.goesOn(this.#env.monotonic()));
    channel.show(shown, this.#env.monotonic());
    this.#writer.add(name, shown);
    return shown;
  }
}

/** What one of the two clocks showed last, and when that was. */
class Channel {
  readonly #first: () => number;
  #shown: number | undefined;
  #at = 0;

  constructor(first: () => number) {
    this.#first = first;
  }

  show(ms: number, at: number): void {
    this.#shown = ms;
    this.#at = at;
  }

  /** What was shown last and the time since. */
  goesOn(at: number): number {
    return this.#shown === undefined ? this.#first() : this.#shown + (at - this.#at);
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
