import { defined } from "../core/defined.ts";
import { perdureError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { DEFAULT_RETRY, type RetryPolicy, retryPolicy } from "../core/retry.ts";
import type { OnDivergence, Run } from "../core/run.ts";
import type { TaskDefaults, TaskManifest } from "../core/task-manifest.ts";
import type { TriggerRequest, TriggerRequestOptions } from "../core/trigger-request.ts";
import type { NewRun } from "../store/store.ts";

/** What a new run is made from beside its request. */
export interface NewRunContext {
  readonly id: string;
  readonly now: number;
  readonly tasks: ReadonlyMap<string, TaskManifest>;
  readonly defaults: TaskDefaults;
  /** Under which it has to run; absent for whichever is the latest when it starts. */
  readonly taskVersion: string | undefined;
  readonly batchId?: string | undefined;
  readonly requestKey?: string | undefined;
  readonly parent?: Run | undefined;
}

/** The safest answer where nobody chose: a person sees the diff before any effect is repeated. */
const DEFAULT_ON_DIVERGENCE: OnDivergence = "hold";

/**
 * The run that a request asks for: its options, else its task's, else the instance's.
 *
 * @throws {PerdureError} `TASK_UNKNOWN`, `PARENT_FINAL`, `RUN_TOO_DEEP`, or `OPTION_INVALID` for a retry policy out of range.
 */
export function decideRun({ task: taskId, payload, options }: TriggerRequest, context: NewRunContext): NewRun {
  const task = getTask(context.tasks, taskId);
  const dueAt = options.dueAt ?? context.now + (options.delayMs ?? 0);
  const ttlMs = options.ttlMs ?? task.ttlMs ?? context.defaults.ttlMs;
  const maxDurationSeconds =
    options.maxDurationSeconds ?? task.maxDurationSeconds ?? context.defaults.maxDurationSeconds;
  return {
    id: context.id,
    task: task.id,
    queue: options.queue ?? task.queue.name,
    tags: [...new Set(options.tags ?? [])],
    retry: decideRetry(options, task, context.defaults),
    priorityMs: Math.round((options.priority ?? 0) * 1_000),
    dueAt,
    onDivergence: decideOnDivergence(task, context.defaults),
    ...decidePlace(context),
    ...decideIdempotency(options, context.now),
    ...defined({
      payload,
      metadata: options.metadata,
      batchId: context.batchId,
      requestKey: context.requestKey,
      taskVersion: context.taskVersion,
      memoryMb: task.memoryMb,
      maxDurationMs: maxDurationSeconds === undefined ? undefined : Math.round(maxDurationSeconds * 1_000),
      // Counted after the delay: a run that shall start tomorrow is not late today.
      expiresAt: ttlMs === undefined ? undefined : dueAt + ttlMs,
    }),
  };
}

export function getTask(tasks: ReadonlyMap<string, TaskManifest>, taskId: string): TaskManifest {
  const task = tasks.get(taskId);
  if (task === undefined) throw perdureError("TASK_UNKNOWN", { task: taskId });
  return task;
}

export function decideOnDivergence(task: TaskManifest, defaults: TaskDefaults): OnDivergence {
  return task.onDivergence ?? defaults.onDivergence ?? DEFAULT_ON_DIVERGENCE;
}

/** A task that says anything about retries says it against the built-in policy's parts that the instance left alone. */
function decideRetry({ maxAttempts }: TriggerRequestOptions, task: TaskManifest, defaults: TaskDefaults): RetryPolicy {
  const instance = retryPolicy(defaults.retry, DEFAULT_RETRY);
  return retryPolicy(maxAttempts === undefined ? undefined : { maxAttempts }, retryPolicy(task.retry, instance));
}

function decidePlace({ id, parent }: NewRunContext): Pick<NewRun, "depth" | "parentRunId" | "rootRunId"> {
  if (parent === undefined) return { depth: 0 };
  const depth = parent.depth + 1;
  if (depth > LIMITS.depth) throw perdureError("RUN_TOO_DEEP", { runId: id, depth, limit: LIMITS.depth });
  return { depth, parentRunId: parent.id, rootRunId: parent.rootRunId };
}

function decideIdempotency(
  options: TriggerRequestOptions,
  now: number,
): Pick<NewRun, "idempotencyKey" | "idempotentUntil"> {
  const { idempotencyKey, idempotencyKeyTtlMs = LIMITS.idempotencyKeyTtlMs } = options;
  return idempotencyKey === undefined ? {} : { idempotencyKey, idempotentUntil: now + idempotencyKeyTtlMs };
}
