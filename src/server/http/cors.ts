/**
 * What browsers are told about pages of other origins. They may ask with a public token, which a script adds by hand: there are
 * no cookies here and no other credentials that a browser would add by itself, so any origin may be named.
 */

/** Those that Trigger.dev's SDK and hooks send from a page, and ours. */
const REQUEST_HEADERS = [
  "authorization",
  "content-type",
  "trigger-version",
  "x-trigger-api-version",
  "x-trigger-client",
  "x-trigger-source",
  "x-trigger-realtime-streams-version",
  "x-trigger-request-idempotency-key",
  "x-trigger-electric-version",
  "x-trigger-branch",
  "timeout-seconds",
  "last-event-id",
  "x-part-id",
  "x-client-id",
  "x-resume-from-chunk",
  "x-stream-version",
  "traceparent",
  "tracestate",
].join(", ");

/** How long a browser need not ask again. */
const MAX_AGE_SECONDS = "300";

/** The answer to the question whether a page may send such a request. */
export function preflightResponse(methods: readonly string[]): Response {
  const headers = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": methods.join(", "),
    "access-control-allow-headers": REQUEST_HEADERS,
    "access-control-max-age": MAX_AGE_SECONDS,
  };
  return new Response(null, { status: 204, headers });
}

/** Of every answer to a page of another origin, refusals included, so that its script can read why. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "*",
  vary: "origin",
};
