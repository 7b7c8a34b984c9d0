import { chunks, joined } from "../literals.ts";
import { type Sql, sql } from "../sql.ts";
import type { At, NewRun } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { tagsText } from "./append.ts";
import { raiseBlobs } from "./blob-refs.ts";
import { insertRunEvents } from "./run-events.ts";
import { indexable, toBytes } from "./values.ts";

/** A run to be made, its payload as it will lie in the row. */
export interface SealedRun {
  readonly run: NewRun;
  readonly payload: Uint8Array | null;
}

/** Queued, each with its first event. Those whose id or request is there already are passed over; the ids of the others. */
export function* insertRuns(
  at: At,
  runs: readonly SealedRun[],
  { seal }: VerbContext,
): Statements<ReadonlySet<string>> {
  const inserted = new Set<string>();
  for (const chunk of chunks(runs)) {
    const tuples = chunk.map(({ run, payload }) => tuple(at, run, payload, toBytes(run.metadata, seal)));
    const made = yield sql`
      insert into runs (environment_id, id, task, queue, limited, status, phase, held,
        payload, metadata, metadata_base, tags, epoch, attempt, retry, max_duration_ms, active_ms,
        priority_ms, order_at, due_at, expires_at, idempotency_key, parent_run_id, root_run_id, replay_of_run_id, batch_id,
        depth, on_divergence, task_version, journal, entry_seq, journal_bytes, undos_owed, barren_leases, event_seq, created_at,
        request_key, alone, memory_mb)
      values ${joined(tuples)}
      on conflict do nothing returning id`;
    for (const { id } of made) inserted.add(id as string);
  }
  const events = [...inserted].map((runId) => ({ runId, seq: 1, kind: "run.created", epoch: 0, attempt: 1 }) as const);
  yield* insertRunEvents(at, events, seal);
  yield* raiseBlobs(
    at,
    runs.filter(({ run }) => inserted.has(run.id)).map(({ payload }) => payload),
  );
  return inserted;
}

function tuple({ environmentId, now }: At, run: NewRun, payload: Uint8Array | null, metadata: Uint8Array | null): Sql {
  return sql`(${environmentId}, ${run.id}, ${run.task}, ${run.queue},
    (select count(*) from queues where environment_id = ${environmentId} and name = ${run.queue}
      and (concurrency_limit is not null or paused_at is not null)),
    'queued', 'running', 0,
    ${payload}, ${metadata}, ${metadata}, ${tagsText(run.tags)}, 0, 1, ${JSON.stringify(run.retry)}, ${run.maxDurationMs}, 0,
    ${run.priorityMs}, ${run.dueAt - run.priorityMs}, ${run.dueAt}, ${run.expiresAt}, ${run.idempotencyKey},
    ${run.parentRunId}, ${run.rootRunId ?? run.id}, ${run.replayOfRunId}, ${run.batchId},
    ${run.depth}, ${run.onDivergence}, ${run.taskVersion}, 1, 0, 0, 0, 0, 1, ${now},
    ${run.requestKey && indexable(run.requestKey)}, ${run.memoryMb === undefined ? 0 : 1}, ${run.memoryMb})`;
}
