/**
 * How verbs lock rows on Postgres; SQLite has one writer, and there these are plain reads.
 *
 * A verb locks the rows of runs that it will change by reading them here, decides by what it read, and writes. The order in
 * which locks are taken is the same everywhere, so that no two verbs wait for each other:
 *
 * 1. queues, by name (`lease-runs.ts`, `put-queues.ts`, which pass over runs that are locked);
 * 2. the run itself together with the runs that are ended or counted with it, newest id first: children are younger than
 *    their parent, so a child is locked before the run that waits for it;
 * 3. idempotency keys, by task and key; or the ids of follow-ups, in the order in which they are named;
 * 4. waitpoints, by id;
 * 5. the runs that own those waitpoints, newest id first;
 * 6. blobs, by id.
 *
 * Nobody who holds a run asks for one of its own waitpoints that another verb may hold: a `hold` is completed under the run's
 * lock only, and whoever parks reads waitpoints without locking them. What remains are runs that wait for an older run which
 * an idempotency key led them to, and children that were made between two statements: there Postgres may find a deadlock,
 * and the driver repeats one of the two.
 *
 * A parking run never misses a completion. Whoever completes a waitpoint writes it first and then locks its owner by id,
 * whatever its status; whoever parks locks the run first and then reads the waitpoints. If the completer gets the run first,
 * the parker waits for its commit, and its next statement sees the waitpoint completed: `already-ready`. If the parker gets
 * it first, the completer waits for its commit, sees the run waiting, and wakes it. An update with `status = 'waiting'` in
 * its condition would not do: it passes over a row that is executing without waiting for the parker.
 */
import type { RunPhase, RunStatus } from "../../core/run-state.ts";
import { literal } from "../literals.ts";
import { forUpdate, sql } from "../sql.ts";
import type { Fenced } from "../store.ts";
import type { Row, Statements } from "../verb.ts";

/** What verbs decide by; the values of users stay where they are. */
export interface LockedRun {
  readonly id: string;
  readonly status: RunStatus;
  readonly phase: RunPhase;
  readonly isHeld: boolean;
  readonly epoch: number;
  readonly attempt: number;
  readonly journal: number;
  readonly entrySeq: number;
  readonly journalBytes: number;
  readonly undosOwed: number;
  readonly eventSeq: number;
  readonly priorityMs: number;
  readonly tags: readonly string[];
  readonly workerId: string | undefined;
  readonly isCancelRequested: boolean;
  /** Others have changed its metadata. */
  readonly hasOutside: boolean;
  /** It may have automatic entries. */
  readonly isAutomatic: boolean;
}

/** For `select … from runs`, read by `toLockedRun`. */
export const LOCKED_COLUMNS = literal(
  "id, status, phase, held, epoch, attempt, journal, entry_seq, journal_bytes, undos_owed, event_seq, priority_ms, tags, worker_id, cancel_requested_at, automatic, metadata_outside is not null as has_outside",
);

export function* lockRun({
  environmentId,
  runId,
}: {
  environmentId: string;
  runId: string;
}): Statements<LockedRun | undefined> {
  const [row] =
    yield sql`select ${LOCKED_COLUMNS} from runs where environment_id = ${environmentId} and id = ${runId} ${forUpdate}`;
  return row && toLockedRun(row);
}

/** Newest first. */
export function* lockRuns(environmentId: string, ids: readonly string[]): Statements<readonly LockedRun[]> {
  if (ids.length === 0) return [];
  const locked = yield sql`
    select ${LOCKED_COLUMNS} from runs where environment_id = ${environmentId} and id in (${ids})
    order by id desc ${forUpdate}`;
  return locked.map(toLockedRun);
}

export function toLockedRun(row: Row): LockedRun {
  return {
    id: row["id"] as string,
    status: row["status"] as RunStatus,
    phase: row["phase"] as RunPhase,
    isHeld: row["held"] === 1,
    epoch: row["epoch"] as number,
    attempt: row["attempt"] as number,
    journal: row["journal"] as number,
    entrySeq: row["entry_seq"] as number,
    journalBytes: row["journal_bytes"] as number,
    undosOwed: row["undos_owed"] as number,
    eventSeq: row["event_seq"] as number,
    priorityMs: row["priority_ms"] as number,
    tags: JSON.parse(row["tags"] as string),
    workerId: (row["worker_id"] as string | null) ?? undefined,
    isCancelRequested: row["cancel_requested_at"] !== null,
    hasOutside: Boolean(row["has_outside"]),
    isAutomatic: row["automatic"] === 1,
  };
}

/** The fence: true when the run is executing under exactly this epoch. */
export function holdsLease(
  run: LockedRun | undefined,
  { epoch }: Pick<Fenced, "epoch">,
): run is LockedRun & { status: "executing" } {
  return run !== undefined && run.status === "executing" && run.epoch === epoch;
}
