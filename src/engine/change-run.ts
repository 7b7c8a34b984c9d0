import { defined } from "../core/defined.ts";
import { perdureError } from "../core/errors.ts";
import { createId } from "../core/ids.ts";
import { LIMITS } from "../core/limits.ts";
import type { MetadataChange } from "../core/metadata-change.ts";
import type { Run } from "../core/run.ts";
import { at, type EngineDeps } from "./deps.ts";
import { wasDone } from "./was-done.ts";

export interface ChangeMetadata {
  readonly runId: string;
  readonly changes: readonly MetadataChange[];
  readonly requestKey?: string;
}

/**
 * Changes a run's metadata from outside. Others see it at once. The code of a run that has started sees it when its next attempt
 * begins, and until then writes below it.
 *
 * @throws {PerdureError} `RUN_NOT_FOUND`, `VALUE_TOO_LARGE`; `OPTION_INVALID` for an increment of what is no number.
 */
export async function changeMetadata(
  deps: EngineDeps,
  { runId, changes, requestKey }: ChangeMetadata,
): Promise<string> {
  const maxSize = LIMITS.metadataCharacters;
  // A call without a name is not known again, though each of its sendings to the store is.
  const changeId = requestKey ?? createId("request", deps.env);
  const answer = await deps.store.changeMetadata({ ...at(deps), runId, changes, changeId, maxSize });
  if (!("refused" in answer)) return answer.metadata;
  switch (answer.refused) {
    case "not-found":
      throw perdureError("RUN_NOT_FOUND", { runId });
    case "too-large":
      throw perdureError("VALUE_TOO_LARGE", { what: "The metadata", size: `more than ${maxSize}`, limit: maxSize });
    case "not-a-number":
      throw perdureError("OPTION_INVALID", { what: "increment", problem: "what the key holds is not a number" });
  }
}

/** @throws {PerdureError} `RUN_NOT_FOUND`, `TAGS_TOO_MANY`; none was added then. */
export async function addTags(
  deps: EngineDeps,
  { runId, tags }: { readonly runId: string; readonly tags: readonly string[] },
): Promise<readonly string[]> {
  const answer = await deps.store.addTags({ ...at(deps), runId, tags, limit: LIMITS.tags });
  if (!("refused" in answer)) return answer.tags;
  if (answer.refused === "not-found") throw perdureError("RUN_NOT_FOUND", { runId });
  throw perdureError("TAGS_TOO_MANY", { runId, limit: LIMITS.tags });
}

export interface RescheduleRun {
  readonly runId: string;
  /** Earliest start, or how long from now; one of the two. */
  readonly dueAt?: number;
  readonly delayMs?: number;
  readonly requestKey?: string;
}

/**
 * Sets another earliest start of a run that is delayed.
 *
 * @throws {PerdureError} `RUN_NOT_FOUND`, `RUN_NOT_DELAYED`.
 */
export async function rescheduleRun(
  deps: EngineDeps,
  { runId, dueAt: given, delayMs = 0, requestKey }: RescheduleRun,
): Promise<Run> {
  const params = at(deps);
  const dueAt = given ?? params.now + delayMs;
  const details = JSON.stringify(defined({ dueAt, requestKey }));
  const answer = await deps.store.rescheduleRun({ ...params, runId, dueAt, details });
  if ("refused" in answer) return rescheduledBefore(deps, { runId, requestKey });
  deps.hints.ready(dueAt);
  if (answer.run.expiresAt !== undefined) deps.hints.expires(answer.run.expiresAt);
  return answer.run;
}

/** The answer to the first sending may have been lost, and the run have started since. */
async function rescheduledBefore(
  deps: EngineDeps,
  { runId, requestKey }: { readonly runId: string; readonly requestKey: string | undefined },
): Promise<Run> {
  const run = await deps.store.findRun({ environmentId: deps.environmentId, runId });
  if (run === undefined) throw perdureError("RUN_NOT_FOUND", { runId });
  if (await wasDone(deps, runId, "run.rescheduled", requestKey)) return run;
  throw perdureError("RUN_NOT_DELAYED", { runId, status: run.status });
}

/**
 * Lets the next run of the task with this idempotency key be a new one.
 *
 * @returns The run that the key led to.
 * @throws {PerdureError} `IDEMPOTENCY_KEY_UNKNOWN`.
 */
export async function resetIdempotencyKey(
  deps: EngineDeps,
  { task, key }: { readonly task: string; readonly key: string },
): Promise<string> {
  const answer = await deps.store.resetIdempotencyKey({ ...at(deps), task, key });
  if ("refused" in answer) throw perdureError("IDEMPOTENCY_KEY_UNKNOWN", { task });
  return answer.runId;
}
