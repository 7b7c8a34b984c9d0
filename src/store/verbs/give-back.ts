import type { RunStatus } from "../../core/run-state.ts";
import { RUN_TRANSITIONS } from "../../core/run-state.ts";
import { rows, sql } from "../sql.ts";
import type { Fenced, Refused, StoreWrites } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { holdsLease, type LockedRun, lockRun, lockRuns } from "./lock-runs.ts";
import { findTransition } from "./run-events.ts";
import { spentUntil, transition } from "./transition.ts";

export function* releaseRuns(
  params: Parameters<StoreWrites["releaseRuns"]>[0],
  { seal }: VerbContext,
): Statements<{ released: number }> {
  const { environmentId, now, leases } = params;
  const epochs = new Map(leases.map(({ runId, epoch }) => [runId, epoch]));
  const held = (yield* lockRuns(environmentId, [...epochs.keys()])).filter((run) =>
    holdsLease(run, { epoch: epochs.get(run.id) ?? -1 }),
  );
  yield* transition("release", params, held, { set: sql`due_at = ${now}, ${spentUntil(now)}` }, seal);
  // Counted by the events, so that a repeat counts what it released the first time.
  const [row] = yield sql`
    select count(*) as released from ${rows(
      [...epochs].map(([run_id, epoch]) => ({ run_id, epoch })),
      { run_id: "text", epoch: "bigint" },
    )} as leases
    cross join run_events
    where run_events.environment_id = ${environmentId} and run_events.run_id = leases.run_id
      and run_events.epoch = leases.epoch and run_events.kind = ${RUN_TRANSITIONS.release.event}`;
  return { released: row?.["released"] as number };
}

export function* reapRun(
  params: Parameters<StoreWrites["reapRun"]>[0],
  { seal }: VerbContext,
): Statements<{ status: RunStatus } | Refused<"lease-lost">> {
  const { now } = params;
  const run = yield* lockRun(params);
  if (!holdsLease(run, params)) {
    return run !== undefined && (yield* findTransition("reap", params))
      ? { status: run.status }
      : { refused: "lease-lost" };
  }
  const set = sql`due_at = ${now}, barren_leases = barren_leases + ${(yield* hasRecorded(params, run)) ? 0 : 1}, ${spentUntil(now)}`;
  yield* transition("reap", params, [run], { set }, seal);
  return { status: "queued" };
}

export function* quarantineRun(
  params: Parameters<StoreWrites["quarantineRun"]>[0],
  { seal }: VerbContext,
): Statements<{ status: RunStatus } | Refused<"lease-lost">> {
  const { now } = params;
  const run = yield* lockRun(params);
  if (!holdsLease(run, params)) {
    return run !== undefined && (yield* findTransition("quarantine", params))
      ? { status: run.status }
      : { refused: "lease-lost" };
  }
  const set = sql`due_at = ${now}, quarantined_at = ${now}, alone = 1, ${spentUntil(now)}`;
  yield* transition("quarantine", params, [run], { set }, seal);
  return { status: "queued" };
}

/** Whether the last entry of the journal is of this lease. */
function* hasRecorded({ environmentId, epoch }: Fenced, { id, entrySeq }: LockedRun): Statements<boolean> {
  const found = yield sql`
    select 1 from entries
    where environment_id = ${environmentId} and run_id = ${id} and seq = ${entrySeq} and epoch = ${epoch}`;
  return found.length > 0;
}
