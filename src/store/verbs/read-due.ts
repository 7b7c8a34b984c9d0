/** What the loops of the engine ask for: when there is something to do, and the runs it is to be done with. */
import type { Run } from "../../core/run.ts";
import { OPEN_STATUSES } from "../../core/run-state.ts";
import { hasStatus, literal } from "../literals.ts";
import { sql } from "../sql.ts";
import type { StoreReads } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { toRun } from "./records.ts";

type Params<Name extends keyof StoreReads> = Parameters<StoreReads[Name]>[0];

const IS_QUEUED = literal(hasStatus("queued"));
const IS_EXECUTING = literal(hasStatus("executing"));
const IS_OPEN = literal(hasStatus(...OPEN_STATUSES));
const NEVER_STARTED = sql`${IS_QUEUED} and started_at is null and expires_at is not null`;

/** Runs that are due already count for nothing here: a worker that asks gets them, or its queue is full. */
export function* nextDue({ environmentId, now }: Params<"nextDue">): Statements<ReturnType<StoreReads["nextDue"]>> {
  const [row] = yield sql`
    select
      (select min(due_at) from runs where environment_id = ${environmentId} and ${IS_QUEUED} and due_at > ${now}) as run_at,
      (select min(due_at) from waitpoints
        where environment_id = ${environmentId} and kind = 'time' and status = 'pending') as waitpoint_at,
      (select min(expires_at) from runs where environment_id = ${environmentId} and ${NEVER_STARTED}) as expiry_at,
      (select min(lease_until) from runs where environment_id = ${environmentId} and ${IS_EXECUTING}) as lease_at`;
  const { run_at, waitpoint_at, expiry_at, lease_at } = row ?? {};
  return {
    ...(typeof run_at === "number" ? { runAt: run_at } : {}),
    ...(typeof waitpoint_at === "number" ? { waitpointAt: waitpoint_at } : {}),
    ...(typeof expiry_at === "number" ? { expiryAt: expiry_at } : {}),
    ...(typeof lease_at === "number" ? { leaseAt: lease_at } : {}),
  };
}

export function* listExpiredLeases(
  { environmentId, now, limit }: Params<"listExpiredLeases">,
  { seal }: VerbContext,
): Statements<readonly Run[]> {
  const found = yield sql`
    select * from runs where environment_id = ${environmentId} and ${IS_EXECUTING} and lease_until < ${now}
    order by lease_until, id limit 0 + ${limit}`;
  return found.map((row) => toRun(row, seal));
}

export function* listOrphans(
  { environmentId, workerIds, limit }: Params<"listOrphans">,
  { seal }: VerbContext,
): Statements<readonly Run[]> {
  const found = yield sql`
    select * from runs where environment_id = ${environmentId} and ${IS_EXECUTING}
      ${workerIds.length === 0 ? sql`` : sql`and worker_id not in (${workerIds})`}
    order by lease_until, id limit 0 + ${limit}`;
  return found.map((row) => toRun(row, seal));
}

export function* listExpiredRuns(
  { environmentId, now, limit }: Params<"listExpiredRuns">,
  { seal }: VerbContext,
): Statements<readonly Run[]> {
  const found = yield sql`
    select * from runs where environment_id = ${environmentId} and ${NEVER_STARTED} and expires_at <= ${now}
    order by expires_at, id limit 0 + ${limit}`;
  return found.map((row) => toRun(row, seal));
}

/** Not those that are undoing: their end is under way. */
export function* listCancelRequested(
  { environmentId, limit }: Params<"listCancelRequested">,
  { seal }: VerbContext,
): Statements<readonly Run[]> {
  const found = yield sql`
    select * from runs
    where environment_id = ${environmentId} and cancel_requested_at is not null and ${IS_OPEN}
      and status <> 'executing' and phase = 'running'
    order by cancel_requested_at, id limit 0 + ${limit}`;
  return found.map((row) => toRun(row, seal));
}
