import { isInternalTask } from "../core/alerts.ts";
import { defined } from "../core/defined.ts";
import { perdureError } from "../core/errors.ts";
import type { Run } from "../core/run.ts";
import { checkSize } from "../core/size.ts";
import type { NewRun } from "../store/store.ts";
import { decideOnDivergence, getTask } from "./decide-run.ts";
import { at, type EngineDeps } from "./deps.ts";
import { getRun } from "./retrieve-run.ts";
import { tellCreated } from "./trigger-runs.ts";

export interface ReplayRun {
  readonly runId: string;
  readonly newRunId: string;
  /** Instead of the first run's. */
  readonly payload?: string;
  /** The same for every sending of a request by callers who cannot name the new run. */
  readonly requestKey?: string;
}

/**
 * Makes a fresh run from an old one, whatever became of that. One of our own tasks is replayed as it was: what it says is nobody's to choose.
 *
 * @throws {PerdureError} `RUN_NOT_FOUND`, `TASK_UNKNOWN`.
 */
export async function replayRun(
  deps: EngineDeps,
  { runId, newRunId, payload, requestKey }: ReplayRun,
): Promise<string> {
  const original = await getRun(deps, runId);
  if (isInternalTask(original.task) && payload !== undefined)
    throw perdureError("TASK_UNKNOWN", { task: original.task });
  checkSize(payload, `The payload for task ${original.task}`);
  const run = {
    ...decideReplay(deps, original, newRunId, payload),
    ...(requestKey === undefined ? {} : { requestKey: `replay/${runId}/${requestKey}` }),
  };
  const answer = await deps.store.createRuns({ ...at(deps), runs: [run] });
  if ("refused" in answer) throw perdureError("RUN_NOT_FOUND", { runId });
  tellCreated(deps, [run], answer.created);
  return answer.created[0]?.id ?? newRunId;
}

/** Neither its delay, TTL and idempotency key nor its parent: a person asks for it now, and nobody waits for it. */
function decideReplay(
  { store, code: { tasks, defaults }, taskVersion }: EngineDeps,
  original: Run,
  id: string,
  payload: string | undefined,
): NewRun {
  return {
    id,
    task: original.task,
    queue: original.queue,
    tags: original.tags,
    retry: original.retry,
    priorityMs: original.priorityMs,
    dueAt: store.now(),
    depth: 0,
    replayOfRunId: original.id,
    onDivergence: isInternalTask(original.task)
      ? original.onDivergence
      : decideOnDivergence(getTask(tasks, original.task), defaults),
    ...defined({
      payload,
      payloadOf: payload === undefined ? original.id : undefined,
      metadata: original.metadata,
      taskVersion,
      maxDurationMs: original.maxDurationMs,
    }),
  };
}
