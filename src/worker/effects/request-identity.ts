import { createHmac } from "node:crypto";
import { requestIdentity } from "../../core/entry.ts";
import { canonicalBody } from "./canonical-body.ts";
import type { OutgoingRequest } from "./effects.ts";

/**
 * Query parameters that are made anew for each request: signatures, expiries, nonces of pre-signed and signed addresses (AWS,
 * Google Cloud, Azure, OAuth 1.0, CloudFront).
 */
const VOLATILE: ReadonlySet<string> = new Set([
  "x-amz-signature",
  "x-amz-date",
  "x-amz-expires",
  "x-amz-credential",
  "x-amz-security-token",
  "x-goog-signature",
  "x-goog-date",
  "x-goog-expires",
  "x-goog-credential",
  "sig",
  "se",
  "st",
  "ske",
  "skt",
  "signature",
  "expires",
  "key-pair-id",
  "policy",
  "nonce",
  "oauth_nonce",
  "oauth_signature",
  "oauth_timestamp",
]);

const PATH_BYTES = 6;
const WHOLE_BYTES = 16;
const TIE_BYTES = 12;

export interface RequestNames {
  /** What makes two requests the same. */
  readonly identity: string;
  /** Tells the same requests apart: all their headers. */
  readonly tie: string;
  /** That of every request of the same method to the same path. */
  readonly adoptable: string;
}

/** By what a request is found in the journal. What is secret in it is hashed with the run's seed, since keys are not sealed. */
export function namesOf({ method, url, headers, body }: OutgoingRequest, seed: string): RequestNames {
  const { host, origin, pathname, searchParams } = new URL(url);
  const query = [...searchParams].filter(([name]) => !VOLATILE.has(name.toLowerCase())).sort(byNameAndText);
  const path = hashOf(seed, PATH_BYTES, origin, pathname);
  const whole = hashOf(
    seed,
    WHOLE_BYTES,
    method,
    origin,
    pathname,
    JSON.stringify(query),
    ...canonicalBody(body, contentTypeOf(headers)),
  );
  const identity = requestIdentity(`${method} ${host}`, path, whole);
  return {
    identity,
    tie: hashOf(seed, TIE_BYTES, ...pairsOf(headers).map(([name, text]) => `${name}: ${text}`)),
    adoptable: identity.slice(0, identity.indexOf("/")),
  };
}

function contentTypeOf(headers: readonly string[]): string {
  return pairsOf(headers).find(([name]) => name === "content-type")?.[1] ?? "";
}

function pairsOf(headers: readonly string[]): readonly (readonly [string, string])[] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < headers.length; i += 2)
    pairs.push([(headers[i] as string).toLowerCase(), headers[i + 1] as string]);
  return pairs.sort(byNameAndText);
}

function byNameAndText(a: readonly [string, string], b: readonly [string, string]): number {
  return compare(a[0], b[0]) || compare(a[1], b[1]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Each part with its length before it, so that no two lists of parts run together as one. */
function hashOf(seed: string, bytes: number, ...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHmac("sha256", seed);
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest().subarray(0, bytes).toString("base64url");
}
