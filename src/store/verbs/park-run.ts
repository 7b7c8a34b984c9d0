import { sql } from "../sql.ts";
import type { JournalSize, Refused, StoreWrites } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { planAppend, writeAppend } from "./append.ts";
import { journalSize } from "./append-entries.ts";
import { LEAVES_QUARANTINE } from "./lanes.ts";
import { holdsLease, lockRun } from "./lock-runs.ts";
import { findTransition } from "./run-events.ts";
import { spentUntil, transition } from "./transition.ts";

type Params = Parameters<StoreWrites["parkRun"]>[0];

/** `lock-runs.ts` says why no completion slips between the look at the waitpoints and the park. */
export function* parkRun(
  params: Params,
  context: VerbContext,
): Statements<JournalSize | Refused<"lease-lost" | "already-ready">> {
  const run = yield* lockRun(params);
  if (!holdsLease(run, params)) {
    return run !== undefined && (yield* findTransition("park", params)) ? journalSize(run) : { refused: "lease-lost" };
  }
  const plan = yield* planAppend(params, run, params.append);
  if (plan.kind === "misfit") return { refused: "lease-lost" };
  if (yield* isAnyCompleted(params)) return { refused: "already-ready" };
  const grown = yield* writeAppend(params, run, plan, context);
  const set = sql`barren_leases = 0, ${LEAVES_QUARANTINE}, ${spentUntil(params.now)}`;
  const details = () => JSON.stringify({ waitingOn: params.waitingOn });
  yield* transition("park", params, [grown], { set, details }, context.seal);
  return journalSize(grown);
}

function* isAnyCompleted({ environmentId, waitingOn }: Params): Statements<boolean> {
  if (waitingOn.length === 0) return false;
  const completed = yield sql`
    select id from waitpoints
    where environment_id = ${environmentId} and id in (${waitingOn}) and status = 'completed'
    limit 1`;
  return completed.length > 0;
}
