import type { RunStatus } from "../../core/run-state.ts";
import { isFinal } from "../../core/run-state.ts";
import { sql } from "../sql.ts";
import type { At, Refused, StoreWrites, Woken } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { type LockedRun, lockRun, lockRuns } from "./lock-runs.ts";
import { findTransition } from "./run-events.ts";
import { transition } from "./transition.ts";

type Params = Parameters<StoreWrites["wakeRun"]>[0];

export interface CompletedWaitpoint {
  readonly id: string;
  readonly runId: string;
  readonly journal: number;
}

export function* wakeRun(
  params: Params,
  context: VerbContext,
): Statements<{ status: RunStatus } | Refused<"lease-lost" | "already-final">> {
  const run = yield* lockRun(params);
  if (run !== undefined && canWake(run) && run.epoch === params.epoch) {
    yield* wake(params, [run], () => undefined, context);
    return { status: "queued" };
  }
  if (run !== undefined && isFinal(run.status)) return { refused: "already-final" };
  return run !== undefined && (yield* findTransition("wake", params))
    ? { status: run.status }
    : { refused: "lease-lost" };
}

/** Wakes whom these waitpoints kept waiting, and names those who will want to know. */
export function* wakeOwners(
  at: At,
  completed: readonly CompletedWaitpoint[],
  context: VerbContext,
): Statements<readonly Woken[]> {
  if (completed.length === 0) return [];
  const owners = new Map<string, LockedRun>();
  for (const run of yield* lockRuns(at.environmentId, [...new Set(completed.map(({ runId }) => runId))]))
    owners.set(run.id, run);
  const current = completed.filter(({ runId, journal }) => owners.get(runId)?.journal === journal);
  const sleeping = [...owners.values()].filter((run) => canWake(run) && current.some(({ runId }) => runId === run.id));
  yield* wake(
    at,
    sleeping,
    ({ id }) => JSON.stringify({ waitpointId: current.find(({ runId }) => runId === id)?.id }),
    context,
  );
  for (const run of sleeping) owners.set(run.id, { ...run, status: "queued" });
  return current.flatMap(({ id, runId }) => toWoken(id, owners.get(runId)));
}

/** Of an owner that is final, or waits for a person, nobody wants to know. */
export function toWoken(waitpointId: string, owner: Pick<LockedRun, "id" | "status"> | undefined): readonly Woken[] {
  if (owner === undefined || isFinal(owner.status) || owner.status === "waiting") return [];
  return [{ runId: owner.id, waitpointId, status: owner.status }];
}

/** Its place in the queue is kept, so that it goes before newer runs. */
function wake(
  at: At,
  runs: readonly LockedRun[],
  details: (run: LockedRun) => string | undefined,
  { seal }: VerbContext,
) {
  return transition("wake", at, runs, { set: sql`due_at = ${at.now}`, details }, seal);
}

function canWake(run: LockedRun): boolean {
  return run.status === "waiting" && !run.isHeld;
}
