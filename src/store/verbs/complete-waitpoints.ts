import { forUpdate, skipLocked, sql } from "../sql.ts";
import type { At, StoreWrites, Woken } from "../store.ts";
import type { Row, Statements, VerbContext } from "../verb.ts";
import type { LockedRun } from "./lock-runs.ts";
import { type CompletedWaitpoint, toWoken, wakeOwners } from "./wake.ts";

type DueParams = Parameters<StoreWrites["completeDueWaitpoints"]>[0];

/** Nodes share the work: each passes over what another one has in hand. */
export function* completeDueWaitpoints(
  params: DueParams,
  context: VerbContext,
): Statements<{ woken: readonly Woken[] }> {
  const { environmentId, now, limit } = params;
  const due = yield sql`
    select id, run_id, journal from waitpoints
    where environment_id = ${environmentId} and kind = 'time' and status = 'pending' and due_at <= ${now}
    order by due_at, id limit 0 + ${limit} ${skipLocked}`;
  yield* markCompleted(
    params,
    due.map(({ id }) => id as string),
  );
  return { woken: yield* wakeOwners(params, due.map(toCompleted), context) };
}

/** A run has ended: every waitpoint that counts it has one less to wait for (as often as it was counted). */
export function* completeWaitpointsOf(at: At, runId: string, context: VerbContext): Statements<readonly Woken[]> {
  const { environmentId } = at;
  const counting = yield sql`
    select id, run_id, journal from waitpoints
    where environment_id = ${environmentId} and status = 'pending'
      and id in (select waitpoint_id from waitpoint_runs where environment_id = ${environmentId} and run_id = ${runId})
    order by id ${forUpdate}`;
  if (counting.length === 0) return [];
  const lowered = yield sql`
    update waitpoints set remaining = remaining - (
      select count(*) from waitpoint_runs as counted
      where counted.environment_id = ${environmentId} and counted.waitpoint_id = waitpoints.id and counted.run_id = ${runId})
    where environment_id = ${environmentId} and id in (${counting.map(({ id }) => id as string)})
    returning id, remaining`;
  const done = new Set(lowered.filter(({ remaining }) => remaining === 0).map(({ id }) => id as string));
  yield* markCompleted(at, [...done]);
  return yield* wakeOwners(at, counting.filter(({ id }) => done.has(id as string)).map(toCompleted), context);
}

/** What the end of this run has woken, when its verb comes again. */
export function* findWoken({ environmentId }: At, runId: string): Statements<readonly Woken[]> {
  const owners = yield sql`
    select waitpoints.id as waitpoint_id, owners.id as owner_id, owners.status
    from waitpoints join runs as owners on owners.environment_id = waitpoints.environment_id
      and owners.id = waitpoints.run_id and owners.journal = waitpoints.journal
    where waitpoints.environment_id = ${environmentId} and waitpoints.status = 'completed'
      and waitpoints.id in (select waitpoint_id from waitpoint_runs where environment_id = ${environmentId} and run_id = ${runId})
    order by waitpoints.id`;
  return owners.flatMap((row) =>
    toWoken(row["waitpoint_id"] as string, { id: row["owner_id"], status: row["status"] } as LockedRun),
  );
}

function* markCompleted({ environmentId, now }: At, ids: readonly string[]): Statements<void> {
  if (ids.length === 0) return;
  yield sql`
    update waitpoints set status = 'completed', completed_at = ${now}
    where environment_id = ${environmentId} and id in (${ids})`;
}

function toCompleted(row: Row): CompletedWaitpoint {
  return { id: row["id"] as string, runId: row["run_id"] as string, journal: row["journal"] as number };
}
