import type { Env } from "../core/env.ts";
import { type Bucket, leftAt, type RateLimit, type Taken, takeRequest } from "../core/rate-limit.ts";

/** What is left to each caller of this node. */
export interface RateLimiter {
  readonly limit: RateLimit;
  /** Takes one request of this caller. */
  take(caller: string): Taken;
  /** True when a request of this caller would be allowed. */
  hasRoom(caller: string): boolean;
}

/** Beyond these the callers that were not heard for longest are forgotten: most of their buckets are full again. */
const MOST_CALLERS = 10_000;

export function createRateLimiter(limit: RateLimit, env: Env): RateLimiter {
  const buckets = new Map<string, Bucket>();
  return {
    limit,
    take(caller) {
      const taken = takeRequest(limit, buckets.get(caller), env.monotonic());
      // Deleted first, so that a map stays in the order of the last request.
      buckets.delete(caller);
      buckets.set(caller, taken.bucket);
      if (buckets.size > MOST_CALLERS) buckets.delete(buckets.keys().next().value as string);
      return taken;
    },
    hasRoom: (caller) => leftAt(limit, buckets.get(caller), env.monotonic()) >= 1,
  };
}
