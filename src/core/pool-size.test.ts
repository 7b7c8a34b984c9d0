import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LOOKS_TO_GROW, LOOKS_TO_SHRINK, nextTrend, type PoolLoad, startTrend } from "./pool-size.ts";

const BOUNDS = { min: 1, max: 4 };
const calm: PoolLoad = { ready: 1, held: 0, slots: 100, backlog: 0, lagMs: 2 };

/** The size after so many looks at the same load, each process being ready at the next look. */
function sizeAfter(looks: number, load: Partial<PoolLoad>, from = startTrend(BOUNDS)) {
  let trend = from;
  for (let i = 0; i < looks; i++) trend = nextTrend(BOUNDS, { ...calm, ready: trend.size, ...load }, trend);
  return trend;
}

describe("a pool", () => {
  it("does not grow for runs that wait for others, however many, while slots are free", () => {
    expect(sizeAfter(1_000, { held: 99 }).size).toBe(1);
    expect(sizeAfter(1_000, { held: 50, backlog: 5 }).size).toBe(1);
    expect(sizeAfter(1_000, { held: 100 }).size).toBe(1);
  });

  it("grows while runs wait for slots, to its most", () => {
    expect(sizeAfter(LOOKS_TO_GROW - 1, { held: 400, backlog: 1 }).size).toBe(1);
    expect(sizeAfter(LOOKS_TO_GROW, { held: 400, backlog: 1 }).size).toBe(2);
    expect(sizeAfter(1_000, { held: 400, backlog: 1 }).size).toBe(4);
  });

  it("grows when the loops have no time, although slots are free", () => {
    expect(sizeAfter(LOOKS_TO_GROW, { held: 10, lagMs: 300 }).size).toBe(2);
    // One run of which each process has one gains nothing.
    expect(sizeAfter(1_000, { held: 1, ready: 1, lagMs: 300 }).size).toBe(1);
  });

  it("waits for a process that it has asked for before it asks for another", () => {
    expect(sizeAfter(1_000, { held: 100, backlog: 9, ready: 1 }).size).toBe(2);
  });

  it("shrinks when it has been idle for a minute, to its least", () => {
    const grown = sizeAfter(1_000, { held: 400, backlog: 1 });
    expect(sizeAfter(LOOKS_TO_SHRINK - 1, {}, grown).size).toBe(4);
    expect(sizeAfter(LOOKS_TO_SHRINK, {}, grown).size).toBe(3);
    expect(sizeAfter(10 * LOOKS_TO_SHRINK, {}, grown).size).toBe(1);
  });

  it("keeps what it needs: a process less would be more than half full", () => {
    const grown = sizeAfter(1_000, { held: 400, backlog: 1 });
    expect(sizeAfter(1_000, { held: 110 }, grown).size).toBe(3);
  });
});

const loads = fc.array(
  fc.record({
    ready: fc.nat(6),
    held: fc.nat(500),
    backlog: fc.nat(3),
    lagMs: fc.nat(400),
    looks: fc.integer({ min: 1, max: 80 }),
  }),
  { maxLength: 30 },
);

it("stays within its bounds and changes by one, after looks that agree, whatever happens", () => {
  fc.assert(
    fc.property(loads, fc.nat(3), fc.nat(4), (phases, min, more) => {
      const bounds = { min: min + 1, max: min + 1 + more };
      let trend = startTrend(bounds);
      let since = 0;
      for (const { looks, ...load } of phases) {
        for (let i = 0; i < looks; i++) {
          const next = nextTrend(bounds, { ...load, slots: 100 }, trend);
          expect(next.size).toBeGreaterThanOrEqual(bounds.min);
          expect(next.size).toBeLessThanOrEqual(bounds.max);
          since += 1;
          if (next.size !== trend.size) {
            expect(Math.abs(next.size - trend.size)).toBe(1);
            expect(since).toBeGreaterThanOrEqual(next.size > trend.size ? LOOKS_TO_GROW : LOOKS_TO_SHRINK);
            since = 0;
          }
          trend = next;
        }
      }
    }),
  );
});
