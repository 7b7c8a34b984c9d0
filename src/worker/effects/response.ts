import type { Hearer, ResponseHead } from "./effects.ts";
import type { BodyEnd } from "./recorded-http.ts";

/** A body that is known to be no longer is heard as a whole, and is one entry with its head. */
const WHOLE_BYTES = 1024 * 1024;

/** Whether what comes is known to be short, so that the code may wait for all of it before it sees the head. */
export function isWhole(method: string, { status, headers }: ResponseHead): boolean {
  if (method === "HEAD" || status === 204 || status === 304) return true;
  for (let i = 0; i + 1 < headers.length; i += 2)
    if (headers[i]?.toLowerCase() === "content-length") return Number(headers[i + 1]) <= WHOLE_BYTES;
  return false;
}

export function tellWhole(hearer: Hearer, head: ResponseHead, body: Uint8Array): void {
  hearer.head(head);
  if (body.length > 0) hearer.chunk(body);
  hearer.end();
}

/** Says nothing to code that gave the body up itself. */
export function tellEnd(hearer: Hearer, end: BodyEnd): void {
  if (end.kind === "complete") hearer.end();
  else if (end.kind === "cut") hearer.fail(end.error);
}
