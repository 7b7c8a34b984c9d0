import type { AnyFunction } from "./replacements.ts";

/** Gets a delay that cannot be kept. */
export type Warn = (delay: number) => void;

const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * The delay that a timer of Node takes for what it was given: at least a millisecond, and one for what is no delay.
 *
 * @throws {TypeError} For a bigint or a symbol, as Node.
 */
export function delayOf(given: unknown, warn: Warn): number {
  if (given === undefined) return 1;
  const delay = (given as number) * 1;
  if (delay >= 1 && delay <= LONGEST_DELAY_MS) return Math.trunc(delay);
  if (!(delay >= 0 && delay < 1)) warn(delay);
  return 1;
}

/** Makes Node warn in its own words, of which it says some once in a process, by a timer that is taken back at once. */
export function warnBy(setTimeout: AnyFunction, clearTimeout: AnyFunction): Warn {
  return (delay) => clearTimeout(setTimeout(() => undefined, delay));
}
