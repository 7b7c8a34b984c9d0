import type { RunStatus } from "../../core/run-state.ts";
import { sql } from "../sql.ts";
import type { At, Refused, StoreWrites } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { makeFollowUps } from "./follow-ups.ts";
import { insertWaitpoints } from "./insert-entries.ts";
import { holdsLease, lockRun } from "./lock-runs.ts";
import { findTransition } from "./run-events.ts";
import { spentUntil, transition } from "./transition.ts";

type Params = Parameters<StoreWrites["holdRun"]>[0];

/** Nothing wakes a held run but a person's decision: the row is marked `held`, so that its timers and children leave it alone. */
export function* holdRun(
  params: Params,
  context: VerbContext,
): Statements<{ status: RunStatus } | Refused<"lease-lost">> {
  const run = yield* lockRun(params);
  if (!holdsLease(run, params)) {
    return run !== undefined && (yield* findTransition("hold", params))
      ? { status: run.status }
      : { refused: "lease-lost" };
  }
  yield* insertWaitpoints(params, run, [params.waitpoint]);
  const set = sql`barren_leases = 0, ${spentUntil(params.now)}`;
  yield* transition("hold", params, [run], { set, details: () => params.details }, context.seal);
  yield* makeFollowUps(params, params.followUps, context);
  return { status: "waiting" };
}

/** The person has decided, one way or another. */
export function* completeHold({ environmentId, now }: At, runId: string): Statements<void> {
  yield sql`
    update waitpoints set status = 'completed', completed_at = ${now}
    where environment_id = ${environmentId} and run_id = ${runId} and kind = 'hold' and status = 'pending'`;
}
