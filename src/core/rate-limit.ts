/** How many requests one caller may send: some at once, and so many a second for long. */
export interface RateLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/** What is left of a caller's burst, and since when it has been growing. A clock of its own: milliseconds that never go back. */
export interface Bucket {
  readonly left: number;
  readonly at: number;
}

export interface Taken {
  readonly bucket: Bucket;
  readonly isAllowed: boolean;
  /** Whole requests that may follow at once. */
  readonly remaining: number;
  /** Until the whole burst is there again. */
  readonly fullInMs: number;
  /** Until one request is possible; 0 when one is. */
  readonly nextInMs: number;
}

/** Takes one request out of a bucket, if there is one in it. A caller that was not seen before has a full one. */
export function takeRequest({ burst, perSecond }: RateLimit, bucket: Bucket | undefined, now: number): Taken {
  const found = leftAt({ burst, perSecond }, bucket, now);
  const isAllowed = found >= 1;
  const left = isAllowed ? found - 1 : found;
  return {
    bucket: { left, at: now },
    isAllowed,
    remaining: Math.floor(left),
    fullInMs: Math.ceil(((burst - left) / perSecond) * 1_000),
    nextInMs: left >= 1 ? 0 : Math.ceil(((1 - left) / perSecond) * 1_000),
  };
}

/** What a bucket holds by now. */
export function leftAt({ burst, perSecond }: RateLimit, bucket: Bucket | undefined, now: number): number {
  if (bucket === undefined) return burst;
  return Math.min(burst, bucket.left + (Math.max(0, now - bucket.at) * perSecond) / 1_000);
}
