/**
 * The clock reads of one stretch of code as text, as they are kept with the entry that follows them.
 *
 * Two channels, wall clock and monotonic clock, each exact and in its own order; how reads of the two were mixed is not kept,
 * since code asks for each by its name. A read is kept as its difference from the one before, and equal differences in a row
 * as one with a count: a loop that asks the time a hundred thousand times takes some bytes for each millisecond that passed.
 *
 * Form: `<wall>` or `<wall>.<mono>`, each a row of tokens in the 64 digits below. The first digit of a token holds "more
 * digits follow" (32), "a count follows" (16), "is negative" (8) and the lowest three bits of the difference; every further
 * digit "more follow" (32) and five bits. The count is written with such further digits alone, and is two less than it is.
 */
import { perdureError } from "./errors.ts";

/** `wall` is read in whole milliseconds, `mono` in milliseconds with three decimals. */
export type ClockChannel = "wall" | "mono";

/** A channel counts in these parts of a millisecond. */
const UNITS: Readonly<Record<ClockChannel, number>> = { wall: 1, mono: 1000 };

/** In units of a channel: the year 37,000 for dates, 35 years for a monotonic clock. Microseconds are exact up to here. */
const FARTHEST = 2 ** 50;

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const DIGIT_VALUES: ReadonlyMap<string, number> = new Map([...DIGITS].map((digit, value) => [digit, value]));
const SEPARATOR = ".";

const MORE = 32;
const COUNTED = 16;
const NEGATIVE = 8;
const FIRST_BASE = 8;
const BASE = 32;
/** A count below would be a token without one. */
const LEAST_COUNT = 2;

/** Takes down the reads of a stretch. */
export class ClockWriter {
  #wall = new ChannelWriter();
  #mono = new ChannelWriter();

  /** @param ms - As the code got to see it: of `wall` a whole number, of `mono` one with at most three decimals. */
  add(channel: ClockChannel, ms: number): void {
    const units = Math.round(ms * UNITS[channel]);
    if (!(Math.abs(units) <= FARTHEST))
      throw perdureError("INTERNAL", { problem: `The clock shows ${ms}, which cannot be kept` });
    if (channel === "wall") this.#wall.add(units);
    else this.#mono.add(units);
  }

  /** Characters that `take` would give, or a few less. */
  get size(): number {
    return this.#wall.size + this.#mono.size;
  }

  /** The reads since the last call, which begin anew with the next; `undefined` when there were none. */
  take(): string | undefined {
    // Of most stretches there are none, and this is asked after each of them.
    if (this.#wall.isEmpty && this.#mono.isEmpty) return undefined;
    const [wall, mono] = [this.#wall.close(), this.#mono.close()];
    this.#wall = new ChannelWriter();
    this.#mono = new ChannelWriter();
    if (mono !== "") return wall + SEPARATOR + mono;
    return wall === "" ? undefined : wall;
  }
}

class ChannelWriter {
  #text = "";
  #last = 0;
  #difference = 0;
  #count = 0;

  get size(): number {
    return this.#text.length + this.#count;
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  add(units: number): void {
    const difference = units - this.#last;
    this.#last = units;
    if (difference !== this.#difference) this.#flush(difference);
    this.#count += 1;
  }

  close(): string {
    this.#flush(0);
    return this.#text;
  }

  #flush(next: number): void {
    if (this.#count > 0) this.#text += token(this.#difference, this.#count);
    this.#difference = next;
    this.#count = 0;
  }
}

function token(difference: number, count: number): string {
  const size = Math.abs(difference);
  const rest = Math.floor(size / FIRST_BASE);
  const isCounted = count >= LEAST_COUNT;
  const marks = (rest > 0 ? MORE : 0) + (isCounted ? COUNTED : 0) + (difference < 0 ? NEGATIVE : 0);
  const first = DIGITS.charAt(marks + (size % FIRST_BASE));
  return first + (rest > 0 ? furtherDigits(rest) : "") + (isCounted ? furtherDigits(count - LEAST_COUNT) : "");
}

function furtherDigits(number: number): string {
  let text = "";
  let rest = number;
  do {
    const digit = rest % BASE;
    rest = Math.floor(rest / BASE);
    text += DIGITS.charAt(digit + (rest > 0 ? MORE : 0));
  } while (rest > 0);
  return text;
}

/**
 * Gives the reads of stretches back, one by one. Nothing is unpacked ahead, so a count of any size costs nothing.
 *
 * Its methods throw `INTERNAL` for a text that no `ClockWriter` made.
 */
export class ClockReader {
  readonly #wall = new ChannelReader();
  readonly #mono = new ChannelReader();

  /** Adds the stretch that follows. */
  append(text: string): void {
    const [wall = "", mono = "", ...others] = text.split(SEPARATOR);
    if (others.length > 0) throw unreadable();
    this.#wall.append(wall);
    this.#mono.append(mono);
  }

  /** The next read of this channel, in milliseconds; `undefined` when all were given. */
  next(channel: ClockChannel): number | undefined {
    const units = channel === "wall" ? this.#wall.next() : this.#mono.next();
    return units === undefined ? undefined : units / UNITS[channel];
  }
}

/**
 * How many reads a stretch holds, without unpacking them.
 *
 * @throws {PerdureError} `INTERNAL` for a text that no `ClockWriter` made.
 */
export function countClockReads(text: string): number {
  const [wall = "", mono = "", ...others] = text.split(SEPARATOR);
  if (others.length > 0) throw unreadable();
  return [wall, mono].reduce((sum, channel) => {
    const reader = new ChannelReader();
    reader.append(channel);
    return sum + reader.takeAll();
  }, 0);
}

class ChannelReader {
  readonly #ahead: string[] = [];
  #text = "";
  #at = 0;
  #last = 0;
  #difference = 0;
  #left = 0;

  append(text: string): void {
    if (text !== "") this.#ahead.push(text);
  }

  next(): number | undefined {
    if (this.#left === 0 && !this.#readToken()) return undefined;
    this.#left -= 1;
    this.#last += this.#difference;
    return this.#last;
  }

  /** How many there are; none is left then. */
  takeAll(): number {
    let count = 0;
    while (this.#readToken()) count += this.#left;
    this.#left = 0;
    return count;
  }

  #readToken(): boolean {
    if (this.#at === this.#text.length) {
      const text = this.#ahead.shift();
      if (text === undefined) return false;
      this.#text = text;
      this.#at = 0;
      this.#last = 0;
    }
    const first = this.#digit();
    const rest = first & MORE ? this.#further() : 0;
    const size = safe(rest * FIRST_BASE + (first % FIRST_BASE));
    this.#difference = first & NEGATIVE ? -size : size;
    this.#left = first & COUNTED ? safe(this.#further() + LEAST_COUNT) : 1;
    return true;
  }

  #further(): number {
    let number = 0;
    for (let factor = 1; ; factor *= BASE) {
      const digit = this.#digit();
      number = safe(number + (digit % BASE) * factor);
      if (digit < MORE) return number;
    }
  }

  #digit(): number {
    const value = DIGIT_VALUES.get(this.#text.charAt(this.#at));
    if (value === undefined) throw unreadable();
    this.#at += 1;
    return value;
  }
}

function safe(number: number): number {
  if (!Number.isSafeInteger(number)) throw unreadable();
  return number;
}

function unreadable(): Error {
  return perdureError("INTERNAL", { problem: "The clock reads of a stretch are in no form that is known" });
}
