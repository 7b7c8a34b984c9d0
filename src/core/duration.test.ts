import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Duration, parseDuration, parseInstant } from "./duration.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

describe("a duration", () => {
  it.each<[Duration, number]>([
    ["500ms", 500],
    ["30s", 30 * SECOND],
    ["1h30m", 1.5 * HOUR],
    ["1.5h", 1.5 * HOUR],
    ["2 days", 2 * DAY],
    [" 1 Day 2 hrs ", DAY + 2 * HOUR],
    ["10 min", 600 * SECOND],
    ["1w", 7 * DAY],
    ["2 months", 60 * DAY],
    ["1 year", 365 * DAY],
    ["0s", 0],
    [{ minutes: 5 }, 300 * SECOND],
    [{ hours: 1, seconds: 1, milliseconds: 1 }, HOUR + SECOND + 1],
    [{ milliseconds: 0.6 }, 1],
    [{ weeks: 1, months: 1, years: 1, days: 1 }, 403 * DAY],
  ])("%j is %d ms", (given, ms) => {
    expect(parseDuration(given)).toBe(ms);
  });

  it.each<[unknown]>([
    [""],
    ["  "],
    ["10"],
    ["s"],
    ["1 fortnight"],
    ["1h and a bit"],
    ["-1s"],
    ["1001 years"],
    [`${"1s ".repeat(50)}`],
    [10],
    [null],
    [undefined],
    [{}],
    [{ minutes: undefined }],
    [{ minutes: -1 }],
    [{ minutes: "5" }],
    [{ minutes: Number.NaN }],
    [{ fortnights: 1 }],
    [{ toString: 1 }],
  ])("%j is refused", (given) => {
    expect(() => parseDuration(given as Duration)).toThrow(expect.objectContaining({ code: "DURATION_INVALID" }));
  });

  it("says what it was for and what was given", () => {
    expect(() => parseDuration("soon", "delay")).toThrow('"soon" is not a valid delay.');
  });

  it("adds up its terms, in any order", () => {
    const term = fc.tuple(fc.integer({ min: 0, max: 999 }), fc.constantFrom("ms", "s", "m", "h", "d"));
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 8 }), (terms) => {
        const texts = terms.map(([amount, unit]) => `${amount}${unit}`);
        const sum = texts.reduce((total, text) => total + parseDuration(text), 0);
        expect(parseDuration(texts.join(" "))).toBe(sum);
        expect(parseDuration(texts.toReversed().join(""))).toBe(sum);
      }),
    );
  });
});

describe("an instant", () => {
  const now = Date.UTC(2026, 1, 1);

  it.each<[Date | Duration, number]>([
    [new Date(5), 5],
    ["2026-03-01T12:00:00Z", Date.UTC(2026, 2, 1, 12)],
    ["2026-03-01", Date.UTC(2026, 2, 1)],
    ["10s", now + 10 * SECOND],
    [{ days: 1 }, now + DAY],
  ])("from %j", (when, instant) => {
    expect(parseInstant(when, now)).toBe(instant);
  });

  it.each<[Date | Duration]>([[new Date(Number.NaN)], ["2026-13-45"], ["tomorrow"]])("%s is refused", (when) => {
    expect(() => parseInstant(when, now)).toThrow(expect.objectContaining({ code: "DURATION_INVALID" }));
  });
});
