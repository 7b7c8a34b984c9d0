import { createHash } from "node:crypto";
import type { TriggerRequest } from "../protocol/client-calls.ts";

/** The key of an effect for the world outside: the same in every process and attempt that repeats it. */
export function idempotencyKeyOf(runId: string, entryKey: string): string {
  return createHash("sha256").update(`${runId}\n${entryKey}`).digest("hex");
}

/** What tells one child from another: the user's idempotency key, or else what it is given. */
export function fingerprintOf(requests: readonly TriggerRequest[]): string {
  const [only] = requests;
  if (requests.length === 1 && only?.options.idempotencyKey !== undefined) return only.options.idempotencyKey;
  const hash = createHash("sha256");
  for (const { task, payload, options } of requests)
    hash.update(`${task}\n${options.idempotencyKey ?? payload ?? ""}\n`);
  return hash.digest("hex");
}
