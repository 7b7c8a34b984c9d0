import type { LeasedRun } from "../../core/run.ts";
import { hasStatus, literal } from "../literals.ts";
import type { Seal } from "../seal.ts";
import { seedOf } from "../seed.ts";
import { sql } from "../sql.ts";
import type { StoreWrites } from "../store.ts";
import type { Row, Statements, VerbContext } from "../verb.ts";
import { toLockedRun } from "./lock-runs.ts";
import { pickLimited } from "./pick-limited.ts";
import { byOrder, pickUnlimited } from "./pick-runs.ts";
import { toLeasedRun } from "./records.ts";
import { transition } from "./transition.ts";

export type LeaseParams = Parameters<StoreWrites["leaseRuns"]>[0];

/**
 * Two sources, merged by their place in the queue: runs of queues without a limit, which no lease has to lock anything for,
 * and runs of limited queues, whose queue rows are locked so that no two workers fill the same free place.
 */
export function* leaseRuns(params: LeaseParams, { seal }: VerbContext): Statements<readonly LeasedRun[]> {
  const { environmentId, now, workerId, leaseId, leaseMs, limit, version } = params;
  const before = yield sql`
    select * from runs where environment_id = ${environmentId} and lease_id = ${leaseId} and ${IS_EXECUTING}
    order by order_at, id`;
  if (before.length > 0) return before.map((row) => leased(row, seal));
  const limited = yield* pickLimited(params);
  const picked = [...limited, ...(yield* pickUnlimited(params))].sort(byOrder).slice(0, limit);
  const set = sql`
    epoch = epoch + 1, lease_id = ${leaseId}, lease_until = ${now + leaseMs}, leased_at = ${now}, worker_id = ${workerId},
    started_at = coalesce(started_at, ${now}), task_version = coalesce(task_version, ${version?.id})`;
  const rows = yield* transition(
    "lease",
    params,
    picked.map(toLockedRun),
    { set, workerId, returning: literal("*") },
    seal,
  );
  return [...rows].sort(byOrder).map((row) => leased(row, seal));
}

function leased(row: Row, seal: Seal): LeasedRun {
  const run = toLeasedRun(row, seal);
  return { ...run, seed: seedOf(run, seal) };
}

const IS_EXECUTING = literal(hasStatus("executing"));
