import { isFinal } from "../../../core/run-state.ts";
import type { StoreWrites } from "../../store.ts";
import { makeFollowUps } from "./insert.ts";
import { completeHold, planAppend, undosOwedAfter, write } from "./journal.ts";
import { visible } from "./leases.ts";
import {
  askChildrenToEnd,
  askForEnd,
  awake,
  complete,
  countersOf,
  hasDone,
  holds,
  lost,
  type Model,
  type ModelRun,
  move,
  wakeOwners,
} from "./state.ts";

type Params<Name extends keyof StoreWrites> = Parameters<StoreWrites[Name]>[0];
type Result<Name extends keyof StoreWrites> = ReturnType<StoreWrites[Name]>;

export function completeRun(m: Model, p: Params<"completeRun">): Result<"completeRun"> {
  const run = m.runs.get(p.runId);
  if (!holds(run, p)) return hasDone(m, "complete", p) ? wokenBefore(m, p.runId) : lost;
  const plan = planAppend(m, run, p.epoch, p.append);
  if (plan === "misfit") return lost;
  write(m, run, plan, p.append, p);
  move(m, run, "complete", p.now);
  delete run.failure;
  if (p.output !== undefined) run.output = p.output;
  return countDown(m, run, p.now);
}

export function retryRun(m: Model, p: Params<"retryRun">): Result<"retryRun"> {
  const run = m.runs.get(p.runId);
  if (!holds(run, p)) {
    const done = m.events.get(p.runId)?.find(({ kind, epoch }) => kind === "run.retrying" && epoch === p.epoch);
    return done === undefined ? lost : { attempt: done.attempt + 1 };
  }
  const plan = planAppend(m, run, p.epoch, p.append);
  if (plan === "misfit") return lost;
  write(m, run, plan, p.append, p);
  const { failure, dueAt } = p;
  move(m, run, "retry", p.now, JSON.stringify({ failure, dueAt }));
  Object.assign(run, { failure, dueAt, orderAt: dueAt - run.priorityMs, attempt: run.attempt + 1 });
  openJournal(run);
  if (p.memoryMb !== undefined) run.memoryMb = p.memoryMb;
  if (!p.staysAlone) delete run.quarantinedAt;
  return { attempt: run.attempt };
}

export function failRun(m: Model, p: Params<"failRun">): Result<"failRun"> {
  return endOpen(m, "fail", p);
}

export function cancelRun(m: Model, p: Params<"cancelRun">): Result<"cancelRun"> {
  const ended = endOpen(m, "cancel", p);
  if (!("refused" in ended)) askChildrenToEnd(m, p.runId, p);
  return ended;
}

function endOpen(m: Model, name: "fail" | "cancel", p: Params<"cancelRun"> | Params<"failRun">): Result<"cancelRun"> {
  const run = m.runs.get(p.runId);
  if (run === undefined) return lost;
  if (isFinal(run.status)) return hasDone(m, name, p) ? wokenBefore(m, run.id) : { refused: "already-final" };
  const isWorkers = p.append !== undefined || run.phase === "undoing";
  if (run.epoch !== p.epoch || (isWorkers && run.status !== "executing")) return lost;
  const plan = planAppend(m, run, p.epoch, p.append);
  if (plan === "misfit") return lost;
  if (run.phase === "running" && undosOwedAfter(run, plan, p.append) > 0) return { refused: "undos-owed" };
  write(m, run, plan, p.append, p);
  move(m, run, name, p.now, p.failure && JSON.stringify({ failure: p.failure }));
  if (p.failure === undefined) delete run.failure;
  else run.failure = p.failure;
  if ("followUps" in p) makeFollowUps(m, p.followUps, p);
  return countDown(m, run, p.now);
}

export function undoRun(m: Model, p: Params<"undoRun">): Result<"undoRun"> {
  const run = m.runs.get(p.runId);
  if (run === undefined) return lost;
  if (hasDone(m, "undo", p)) return { status: run.status };
  if (isFinal(run.status)) return { refused: "already-final" };
  if (run.epoch !== p.epoch || (p.append !== undefined && run.status !== "executing")) return lost;
  if (run.phase === "undoing") return { status: run.status };
  const plan = planAppend(m, run, p.epoch, p.append);
  if (plan === "misfit") return lost;
  write(m, run, plan, p.append, p);
  const wasHeld = run.held;
  move(m, run, "undo", p.now, JSON.stringify({ ending: p.ending }));
  Object.assign(run, { phase: "undoing", ending: p.ending, dueAt: p.now, activeMs: 0, barrenLeases: 0 });
  if (wasHeld) completeHold(m, run, p.now);
  if (p.ending.status === "canceled") askChildrenToEnd(m, run.id, p);
  return { status: "queued" };
}

export function requestCancel(m: Model, p: Params<"requestCancel">): Result<"requestCancel"> {
  const run = m.runs.get(p.runId);
  if (run === undefined) return { refused: "not-found" };
  const isItsOwnDoing = run.status === "canceled" && run.cancelRequestedAt !== undefined;
  if (isFinal(run.status) && !isItsOwnDoing) return { refused: "already-final" };
  askForEnd(m, run, p);
  return { run: visible(run) };
}

export function restartRun(m: Model, p: Params<"restartRun">): Result<"restartRun"> {
  const run = m.runs.get(p.runId);
  if (run === undefined) return lost;
  if (hasDone(m, "restart", p)) return { status: run.status };
  if (isFinal(run.status)) return { refused: "already-final" };
  if (run.epoch !== p.epoch) return lost;
  if (run.status !== "executing" && !run.held) return { refused: "not-held" };
  const wasHeld = run.held;
  move(m, run, "restart", p.now, p.details);
  run.dueAt = p.now;
  openJournal(run);
  delete run.quarantinedAt;
  if (wasHeld) completeHold(m, run, p.now);
  return { status: "queued" };
}

export function deleteRuns(m: Model, p: Params<"deleteRuns">): Result<"deleteRuns"> {
  const isOpen = (runId: string | undefined) => {
    const run = runId === undefined ? undefined : m.runs.get(runId);
    return run !== undefined && !isFinal(run.status);
  };
  const old = [...m.runs.values()]
    .filter((run) => run.finishedAt !== undefined && run.finishedAt < p.before && !isOpen(run.parentRunId))
    .filter((run) => !countersOf(m, run.id).some(({ runId }) => isOpen(runId)))
    .sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || (a.id < b.id ? -1 : 1))
    .slice(0, p.limit);
  for (const { id } of old) {
    for (const one of [m.runs, m.events, m.entries] as readonly Map<string, unknown>[]) one.delete(id);
    for (const [name, { runId }] of m.keys) if (runId === id) m.keys.delete(name);
    for (const [waitpointId, { runId }] of m.waitpoints) {
      if (runId === id && m.waitpoints.delete(waitpointId)) m.children.delete(waitpointId);
    }
  }
  return { deleted: old.length, runIds: old.map(({ id }) => id).sort(), unreferencedBlobs: [] };
}

function openJournal(run: ModelRun): void {
  run.journal += 1;
  Object.assign(run, { activeMs: 0, barrenLeases: 0 });
  if (run.metadata !== undefined) run.metadataBase = run.metadata;
}

/** Each waitpoint that counts the run has less to wait for, as often as it counts it. */
function countDown(m: Model, run: ModelRun, now: number) {
  const done = countersOf(m, run.id).filter((waitpoint) => {
    if (waitpoint.status === "completed") return false;
    waitpoint.remaining -= m.children.get(waitpoint.id)?.filter(({ id }) => id === run.id).length ?? 0;
    return waitpoint.remaining === 0;
  });
  for (const waitpoint of done) complete(waitpoint, now);
  return { woken: wakeOwners(m, done, now) };
}

function wokenBefore(m: Model, runId: string) {
  return {
    woken: awake(
      m,
      countersOf(m, runId).filter(({ status }) => status === "completed"),
    ),
  };
}
