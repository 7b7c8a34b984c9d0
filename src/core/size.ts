import { perdureError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import type { TriggerRequest } from "./trigger-request.ts";

/**
 * Refuses text beyond the limit.
 *
 * @param what - Begins the sentence: "The payload for task import".
 * @throws {PerdureError} `VALUE_TOO_LARGE`.
 */
export function checkSize(text: string | undefined, what: string, limit: number = LIMITS.valueCharacters): void {
  if (text === undefined || text.length <= limit) return;
  throw perdureError("VALUE_TOO_LARGE", { what, size: text.length, limit });
}

/** Before anything else looks at a payload: what is too large is refused without being parsed, copied or hashed. */
export function checkPayloads(requests: readonly Pick<TriggerRequest, "task" | "payload">[]): void {
  // What is no list of requests has no size, and is refused by its schema.
  if (!Array.isArray(requests)) return;
  for (const request of requests) checkSize(request?.payload, `The payload for task ${request?.task}`);
}

/** False of JSON with more than `depth` objects and lists within one another. */
export function isNestedAtMost(json: unknown, depth: number = LIMITS.jsonDepth): boolean {
  if (typeof json !== "object" || json === null) return true;
  return depth > 0 && Object.values(json).every((part) => isNestedAtMost(part, depth - 1));
}

export const BYTES_PER_MB = 1024 * 1024;
