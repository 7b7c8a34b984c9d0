/** How many requests one caller may send: some at once, and so many a second for long. */
export interface RateLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/** What is left of a caller's burst, and since when it has been growing. A clock of its own: milliseconds that never go back. */
export interface Bucket {
  /** In thousandths of a request, as many as come in a millisecond by each request a second: sums of them lose nothing. */
  readonly left: number;
  readonly at: number;
}

const REQUEST = 1_000;

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
export function takeRequest(limit: RateLimit, bucket: Bucket | undefined, now: number): Taken {
  const { burst, perSecond } = limit;
  const found = contentAt(limit, bucket, now);
  const isAllowed = found >= REQUEST;
  const left = isAllowed ? found - REQUEST : found;
  return {
    bucket: { left, at: now },
    isAllowed,
    remaining: Math.floor(left / REQUEST),
    fullInMs: Math.ceil((burst * REQUEST - left) / perSecond),
    nextInMs: left >= REQUEST ? 0 : Math.ceil((REQUEST - left) / perSecond),
  };
}

/** How many requests a bucket holds by now. */
export function leftAt(limit: RateLimit, bucket: Bucket | undefined, now: number): number {
  return contentAt(limit, bucket, now) / REQUEST;
}

/** In thousandths of a request. */
function contentAt({ burst, perSecond }: RateLimit, bucket: Bucket | undefined, now: number): number {
  const most = burst * REQUEST;
  return bucket === undefined ? most : Math.min(most, bucket.left + Math.max(0, now - bucket.at) * perSecond);
}
