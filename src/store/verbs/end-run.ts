import type { Failure } from "../../core/failure.ts";
import { isFinal } from "../../core/run-state.ts";
import { type Sql, sql } from "../sql.ts";
import type { Append, Fenced, FollowUps, Refused, StoreWrites, Woken } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { planAppend, writeAppend } from "./append.ts";
import { raiseBlobs } from "./blob-refs.ts";
import { completeWaitpointsOf, findWoken } from "./complete-waitpoints.ts";
import { makeFollowUps } from "./follow-ups.ts";
import { holdsLease, type LockedRun, lockRun } from "./lock-runs.ts";
import { lockWithChildren, requestEndOfChildren } from "./request-end.ts";
import { findTransition } from "./run-events.ts";
import { spentUntil, transition } from "./transition.ts";
import { toBytes } from "./values.ts";

type Ended = { readonly woken: readonly Woken[] };
type OpenEnding = Ended | Refused<"lease-lost" | "already-final" | "undos-owed">;

export function* completeRun(
  params: Parameters<StoreWrites["completeRun"]>[0],
  context: VerbContext,
): Statements<Ended | Refused<"lease-lost">> {
  const run = yield* lockRun(params);
  if (!holdsLease(run, params)) {
    const isDone = (yield* findTransition("complete", params)) !== undefined;
    return isDone ? { woken: yield* findWoken(params, params.runId) } : { refused: "lease-lost" };
  }
  const plan = yield* planAppend(params, run, params.append);
  if (plan.kind === "misfit") return { refused: "lease-lost" };
  const grown = yield* writeAppend(params, run, plan, context);
  const output = toBytes(params.output, context.seal);
  yield* end("complete", params, grown, sql`output = ${output}, failure = null`, undefined, context);
  yield* raiseBlobs(params, [output]);
  return { woken: yield* completeWaitpointsOf(params, run.id, context) };
}

export function* failRun(params: Parameters<StoreWrites["failRun"]>[0], context: VerbContext): Statements<OpenEnding> {
  const run = yield* lockRun(params);
  return yield* endOpen("fail", params, run, context);
}

export function* cancelRun(
  params: Parameters<StoreWrites["cancelRun"]>[0],
  context: VerbContext,
): Statements<OpenEnding> {
  const run = yield* lockWithChildren(params);
  const ended = yield* endOpen("cancel", params, run, context);
  if (!("refused" in ended)) yield* requestEndOfChildren(params, context);
  return ended;
}

/** A failure or a cancellation, from whatever open status, as long as nobody leased the run since the caller looked. */
function* endOpen(
  name: "fail" | "cancel",
  params: Fenced & { readonly append?: Append; readonly failure?: Failure; readonly followUps?: FollowUps },
  run: LockedRun | undefined,
  context: VerbContext,
): Statements<OpenEnding> {
  if (run === undefined) return { refused: "lease-lost" };
  if (isFinal(run.status)) {
    const isDone = (yield* findTransition(name, params)) !== undefined;
    return isDone ? { woken: yield* findWoken(params, run.id) } : { refused: "already-final" };
  }
  // A run that is undoing ends by that: whoever decided on its end before knows nothing of what it owes.
  const isWorkers = params.append !== undefined || run.phase === "undoing";
  if (run.epoch !== params.epoch || (isWorkers && !holdsLease(run, params))) return { refused: "lease-lost" };
  const plan = yield* planAppend(params, run, params.append);
  if (plan.kind === "misfit") return { refused: "lease-lost" };
  if (run.phase === "running" && plan.undosOwed > 0) return { refused: "undos-owed" };
  const grown = yield* writeAppend(params, run, plan, context);
  const failure = params.failure && JSON.stringify(params.failure);
  yield* end(
    name,
    params,
    grown,
    sql`failure = ${toBytes(failure, context.seal)}`,
    failure && `{"failure":${failure}}`,
    context,
  );
  yield* makeFollowUps(params, params.followUps, context);
  return { woken: yield* completeWaitpointsOf(params, run.id, context) };
}

function end(
  name: "complete" | "fail" | "cancel",
  params: Fenced,
  run: LockedRun,
  outcome: Sql,
  details: string | undefined,
  { seal }: VerbContext,
) {
  return transition(
    name,
    params,
    [run],
    { set: sql`${outcome}, ${spentUntil(params.now)}`, details: () => details },
    seal,
  );
}
