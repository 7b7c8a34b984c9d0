import { defined } from "../core/defined.ts";
import type { Run } from "../core/run.ts";
import type { RunView } from "../protocol/client-calls.ts";

/** A run as clients see it: without leases, counters and other business of ours. */
export function runView(run: Run): RunView {
  return {
    id: run.id,
    task: run.task,
    queue: run.queue,
    status: run.status,
    phase: run.phase,
    tags: run.tags,
    attempt: run.attempt,
    maxAttempts: run.retry.maxAttempts,
    rootRunId: run.rootRunId,
    depth: run.depth,
    dueAt: run.dueAt,
    createdAt: run.createdAt,
    ...defined({
      payload: run.payload,
      output: run.output,
      failure: run.failure,
      metadata: run.metadata,
      idempotencyKey: run.idempotencyKey,
      parentRunId: run.parentRunId,
      replayOfRunId: run.replayOfRunId,
      batchId: run.batchId,
      taskVersion: run.taskVersion,
      startedAt: run.startedAt,
      finishedAt: run.finishedAt,
    }),
  };
}
