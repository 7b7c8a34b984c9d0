import { isFinal, type RunStatus } from "../../core/run-state.ts";
import { sql } from "../sql.ts";
import type { Refused, StoreWrites } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { planAppend, writeAppend } from "./append.ts";
import { completeHold } from "./hold-run.ts";
import { holdsLease, lockRun } from "./lock-runs.ts";
import { lockWithChildren, requestEndOfChildren } from "./request-end.ts";
import { findTransition } from "./run-events.ts";
import { transition } from "./transition.ts";
import { toBytes } from "./values.ts";

type Params = Parameters<StoreWrites["undoRun"]>[0];

export function* undoRun(
  params: Params,
  context: VerbContext,
): Statements<{ status: RunStatus } | Refused<"lease-lost" | "already-final">> {
  const isCancel = params.ending.status === "canceled";
  const run = isCancel ? yield* lockWithChildren(params) : yield* lockRun(params);
  if (run === undefined) return { refused: "lease-lost" };
  if (yield* findTransition("undo", params)) return { status: run.status };
  if (isFinal(run.status)) return { refused: "already-final" };
  if (run.epoch !== params.epoch || (params.append !== undefined && !holdsLease(run, params)))
    return { refused: "lease-lost" };
  // The first ending counts: a run that is undoing already is left alone.
  if (run.phase === "undoing") return { status: run.status };
  const plan = yield* planAppend(params, run, params.append);
  if (plan.kind === "misfit") return { refused: "lease-lost" };
  const grown = yield* writeAppend(params, run, plan, context);
  const ending = JSON.stringify(params.ending);
  const set = sql`
    phase = 'undoing', ending = ${toBytes(ending, context.seal)}, due_at = ${params.now}, active_ms = 0, barren_leases = 0`;
  yield* transition("undo", params, [grown], { set, details: () => `{"ending":${ending}}` }, context.seal);
  if (run.isHeld) yield* completeHold(params, run.id);
  if (isCancel) yield* requestEndOfChildren(params, context);
  return { status: "queued" };
}
