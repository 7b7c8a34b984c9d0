import { describe, expect, it } from "vitest";
import { nextBatch, sizeOf } from "./batches.ts";
import { createFifo } from "./fifo.ts";

const MB = 1024 * 1024;

describe("a batch", () => {
  it("has at most a thousand calls", () => {
    const waiting = Array.from({ length: 1_500 }, (_, i) => ({ size: 1, i }));
    expect(nextBatch(waiting)).toHaveLength(1_000);
    expect(waiting[0]?.i).toBe(1_000);
    expect(nextBatch(waiting, 10)).toHaveLength(10);
  });

  it("has at most 4 MB, and one call however large", () => {
    const waiting = [5 * MB, 3 * MB, 2 * MB].map((size) => ({ size }));
    expect(
      [nextBatch(waiting), nextBatch(waiting), nextBatch(waiting), nextBatch(waiting)].map(({ length }) => length),
    ).toEqual([1, 1, 1, 0]);
  });
});

describe("the size of parameters", () => {
  it("is about what they hold, however deep", () => {
    expect(
      sizeOf({ runs: [{ payload: "x".repeat(1_000) }, { payload: null }], bytes: new Uint8Array(500) }),
    ).toBeGreaterThan(1_500);
    expect(sizeOf({ runs: [{ payload: "x".repeat(1_000) }] })).toBeLessThan(1_100);
    expect(sizeOf(undefined)).toBeLessThan(10);
  });
});

describe("a fifo", () => {
  it("gives back what it was given, in this order, over many rounds", () => {
    const fifo = createFifo<number>();
    const taken: unknown[] = [];
    for (let i = 0; i < 10_000; i++) {
      fifo.push(i);
      if (i % 3 > 0) taken.push(fifo.shift());
    }
    expect(fifo.length).toBe(10_000 - taken.length);
    while (fifo.length > 0) taken.push(fifo.shift());
    expect(taken).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
    expect(fifo.shift()).toBeUndefined();
  });
});
