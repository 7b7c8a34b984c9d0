import type { Call } from "./outcome.ts";

/** Of one transaction. High, since on a slow disk the rate is the batch divided by the time of one commit. */
const MAX_CALLS = 1_000;
const MAX_SIZE = 4 * 1024 * 1024;

/** Takes the calls of the next transaction from the front: at least one, however large. */
export function nextBatch<C extends Pick<Call, "size">>(waiting: C[], maxCalls = MAX_CALLS): readonly C[] {
  let count = 0;
  let size = 0;
  for (const call of waiting) {
    if (count === maxCalls || (count > 0 && size + call.size > MAX_SIZE)) break;
    count++;
    size += call.size;
  }
  return waiting.splice(0, count);
}

/** Characters and bytes in plain data, about: what its transport costs. */
export function sizeOf(plain: unknown): number {
  if (typeof plain === "string") return plain.length;
  if (typeof plain !== "object" || plain === null) return 8;
  if (plain instanceof Uint8Array) return plain.length;
  let size = 8;
  for (const key in plain) size += sizeOf((plain as Record<string, unknown>)[key]);
  return size;
}
