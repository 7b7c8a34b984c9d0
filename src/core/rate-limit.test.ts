import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bucket, leftAt, type RateLimit, takeRequest } from "./rate-limit.ts";

const LIMIT: RateLimit = { burst: 4, perSecond: 2 };

describe("a bucket of requests", () => {
  it("gives its burst at once, then one when there is one", () => {
    let bucket: Bucket | undefined;
    const remaining: number[] = [];
    for (let i = 0; i < 4; i++) {
      const taken = takeRequest(LIMIT, bucket, 100);
      remaining.push(taken.remaining);
      bucket = taken.bucket;
    }
    expect(remaining).toEqual([3, 2, 1, 0]);
    expect(takeRequest(LIMIT, bucket, 100)).toMatchObject({ isAllowed: false, fullInMs: 2_000, nextInMs: 500 });
    expect(takeRequest(LIMIT, bucket, 599).isAllowed).toBe(false);
    expect(takeRequest(LIMIT, bucket, 600)).toMatchObject({ isAllowed: true, remaining: 0 });
  });

  it("is full again after some time, and no fuller", () => {
    const { bucket } = takeRequest(LIMIT, undefined, 0);
    expect(leftAt(LIMIT, bucket, 499)).toBeCloseTo(3.998);
    expect(leftAt(LIMIT, bucket, 1e9)).toBe(4);
  });

  it("does not empty when its clock stands still or is read out of order", () => {
    const { bucket } = takeRequest(LIMIT, undefined, 1_000);
    expect(leftAt(LIMIT, bucket, 500)).toBe(3);
  });

  it("never lets through more than its burst and what has grown since, in any span", () => {
    const history = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 200 });
    const limits = fc.record({ burst: fc.integer({ min: 1, max: 20 }), perSecond: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(limits, history, (limit, pauses) => {
        let bucket: Bucket | undefined;
        let now = 0;
        const allowedAt: number[] = [];
        for (const pause of pauses) {
          now += pause;
          const taken = takeRequest(limit, bucket, now);
          if (taken.isAllowed) allowedAt.push(now);
          else expect(takeRequest(limit, taken.bucket, now + taken.nextInMs).isAllowed).toBe(true);
          expect(leftAt(limit, taken.bucket, now + taken.fullInMs)).toBe(limit.burst);
          bucket = taken.bucket;
        }
        for (const [i, from] of allowedAt.entries())
          for (const [j, to] of allowedAt.entries())
            if (j >= i)
              expect(j - i + 1).toBeLessThanOrEqual(limit.burst + ((to - from) * limit.perSecond) / 1_000 + 1e-6);
      }),
      // Fractions of a request once lost a little here, and who came when it was told to was refused.
      { numRuns: 60, examples: [[{ burst: 2, perSecond: 1 }, [0, 517, 78, 270, 382, 0]]] },
    );
  });

  it("starves nobody who asks no more often than it grows", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (perSecond) => {
        let bucket: Bucket | undefined;
        for (let i = 0; i < 300; i++) {
          const taken = takeRequest({ burst: 1, perSecond }, bucket, Math.ceil((i * 1_000) / perSecond) + i);
          expect(taken.isAllowed).toBe(true);
          bucket = taken.bucket;
        }
      }),
    );
  });
});
