import { createHash } from "node:crypto";
import { ID_PREFIXES } from "../core/ids.ts";
import type { Run } from "../core/run.ts";
import type { TriggerRequest } from "../protocol/client-calls.ts";

/** 128 bits. */
const BATCH_CHARACTERS = 32;

/** The key of an effect for the world outside: the same in every process and attempt that repeats it. */
export function idempotencyKeyOf(runId: string, entryKey: string): string {
  return hashOf(`${runId}\n${entryKey}`);
}

/** A batch is named by its place in the journal, so that a continuation names it the same. */
export function batchIdOf({ id, journal }: Run, entryKey: string): string {
  return ID_PREFIXES.batch + hashOf(`${id}\n${journal}\n${entryKey}`).slice(0, BATCH_CHARACTERS);
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

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
