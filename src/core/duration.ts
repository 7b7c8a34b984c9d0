import { perdureError } from "./errors.ts";

/**
 * A span of time as people write it: `"1h30m"`, `"2 days"`, `"500ms"`, or parts by name, `{ minutes: 5 }`. A bare number
 * is refused everywhere, since half the readers take it for seconds and half for milliseconds.
 */
export type Duration = string | DurationParts;

export interface DurationParts {
  milliseconds?: number;
  seconds?: number;
  minutes?: number;
  hours?: number;
  days?: number;
  weeks?: number;
  months?: number;
  years?: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A month counts 30 days and a year 365: a duration has no calendar. Use a date where the calendar matters. */
const PART_MS: Record<keyof DurationParts, number> = {
  milliseconds: 1,
  seconds: SECOND,
  minutes: MINUTE,
  hours: HOUR,
  days: DAY,
  weeks: 7 * DAY,
  months: 30 * DAY,
  years: 365 * DAY,
};

const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: SECOND,
  m: MINUTE,
  h: HOUR,
  d: DAY,
  w: 7 * DAY,
  y: 365 * DAY,
  hr: HOUR,
  min: MINUTE,
  sec: SECOND,
  second: SECOND,
  minute: MINUTE,
  hour: HOUR,
  day: DAY,
  week: 7 * DAY,
  month: 30 * DAY,
  year: 365 * DAY,
};

/** A thousand years; beyond it a sum with the clock leaves the range of a date. */
export const MAX_DURATION_MS = 1_000 * PART_MS.years;
const LONGEST_TEXT = 100;
const TERM = /(\d+(?:\.\d+)?)\s*([a-z]+)\s*/gy;

/**
 * The milliseconds of a duration, rounded to whole ones.
 *
 * @throws {PerdureError} `DURATION_INVALID` when it is not a duration, is negative, or exceeds a thousand years.
 */
export function parseDuration(duration: Duration, what = "duration"): number {
  const ms = typeof duration === "string" ? msOfText(duration) : msOfParts(duration);
  if (ms === undefined || !Number.isFinite(ms) || ms < 0 || ms > MAX_DURATION_MS) {
    throw perdureError("DURATION_INVALID", { what, given: describe(duration) });
  }
  return Math.round(ms);
}

/**
 * An instant from a date, an ISO date string or a duration from `now`, as epoch milliseconds.
 *
 * @throws {PerdureError} `DURATION_INVALID` when it is none of these.
 */
export function parseInstant(when: Date | Duration, now: number, what = "date"): number {
  if (when instanceof Date) {
    if (Number.isNaN(when.getTime())) throw perdureError("DURATION_INVALID", { what, given: "an invalid Date" });
    return when.getTime();
  }
  if (typeof when === "string" && /^\d{4}-\d{2}-\d{2}/.test(when)) {
    const instant = Date.parse(when);
    if (Number.isNaN(instant)) throw perdureError("DURATION_INVALID", { what, given: describe(when) });
    return instant;
  }
  return now + parseDuration(when, what);
}

function msOfText(text: string): number | undefined {
  if (text.length > LONGEST_TEXT) return undefined;
  const trimmed = text.trim().toLowerCase();
  let total = 0;
  let end = 0;
  for (const term of trimmed.matchAll(TERM)) {
    const unit = UNIT_MS[term[2] as string] ?? UNIT_MS[(term[2] as string).replace(/s$/, "")];
    if (unit === undefined) return undefined;
    total += Number(term[1]) * unit;
    end = term.index + term[0].length;
  }
  return end === trimmed.length && end > 0 ? total : undefined;
}

function msOfParts(parts: DurationParts): number | undefined {
  if (typeof parts !== "object" || parts === null) return undefined;
  const named = Object.entries(parts).filter(([, amount]) => amount !== undefined);
  if (named.length === 0) return undefined;
  let total = 0;
  for (const [part, amount] of named) {
    const partMs = Object.hasOwn(PART_MS, part) ? PART_MS[part as keyof DurationParts] : undefined;
    if (partMs === undefined || typeof amount !== "number" || amount < 0) return undefined;
    total += amount * partMs;
  }
  return total;
}

function describe(given: unknown): string {
  return (JSON.stringify(given) ?? String(given)).slice(0, LONGEST_TEXT);
}
