import { isFinal, RUN_TRANSITIONS, type RunTransition } from "../../core/run-state.ts";
import { joined, literal } from "../literals.ts";
import type { Seal } from "../seal.ts";
import { type Sql, sql } from "../sql.ts";
import type { At } from "../store.ts";
import type { Row, Statements } from "../verb.ts";
import type { LockedRun } from "./lock-runs.ts";
import { insertRunEvents } from "./run-events.ts";

interface Change {
  /** Assignments beside those that follow from the table of transitions: `due_at = …`. */
  readonly set?: Sql;
  /** Of the event of one run. */
  readonly details?: (run: LockedRun) => string | undefined;
  /** Who leases; otherwise the worker that loses its lease by this is named in the event. */
  readonly workerId?: string;
  readonly returning?: Sql;
}

/** Executing time under the lease that ends here, added to that of earlier ones; nothing when the run was not executing. */
export function spentUntil(now: number): Sql {
  return sql`active_ms = active_ms + coalesce(${now} - leased_at, 0)`;
}

/**
 * The one place where a status changes. The runs are locked and their epochs compared (`lock-runs.ts`); those whose status
 * the table does not allow are passed over, whatever the caller thought. Each of the others gets exactly one event.
 *
 * @returns The rows changed, with their ids and whatever `returning` names.
 */
export function* transition(
  name: RunTransition,
  at: At,
  runs: readonly LockedRun[],
  change: Change,
  seal: Seal,
): Statements<readonly Row[]> {
  if (runs.length === 0) return [];
  const { from, to, event } = RUN_TRANSITIONS[name];
  const only = runs.length === 1 ? runs[0] : undefined;
  // Parameters, not literals: by `status = 'queued'` SQLite would go through all queued runs for the few that are named.
  const changed = yield sql`
    update runs set status = ${to}, event_seq = event_seq + 1, ${assignments(name, at, change)}
    where environment_id = ${at.environmentId} and status in (${joined(from.map((status) => sql`${status}`))})
      and ${only === undefined ? sql`id in (${runs.map(({ id }) => id)})` : sql`id = ${only.id} and epoch = ${only.epoch}`}
    returning ${change.returning ?? literal("id, event_seq, epoch")}`;
  const before = new Map(runs.map((run) => [run.id, run]));
  const events = changed.map((row) => {
    const run = before.get(row["id"] as string) as LockedRun;
    return {
      runId: run.id,
      seq: row["event_seq"] as number,
      kind: event,
      epoch: row["epoch"] as number,
      attempt: run.attempt,
      workerId: change.workerId ?? (run.status === "executing" ? run.workerId : undefined),
      details: change.details?.(run),
    };
  });
  yield* insertRunEvents(at, events, seal);
  return changed;
}

function assignments(name: RunTransition, { now }: At, { set }: Change): Sql {
  const { to } = RUN_TRANSITIONS[name];
  const held = sql`held = ${literal(name === "hold" ? "1" : "0")}`;
  const freed =
    to === "executing"
      ? literal("")
      : literal(", lease_id = null, lease_until = null, leased_at = null, worker_id = null");
  const finished = isFinal(to) ? sql`, finished_at = ${now}` : literal("");
  return sql`${held}${freed}${finished}${set === undefined ? literal("") : sql`, ${set}`}`;
}
