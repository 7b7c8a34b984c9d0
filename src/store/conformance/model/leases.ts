import type { LeasedRun, Run } from "../../../core/run.ts";
import type { StoreWrites } from "../../store.ts";
import {
  addEvent,
  byOrder,
  complete,
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

export function leaseRuns(m: Model, p: Params<"leaseRuns">): Result<"leaseRuns"> {
  const runs = [...m.runs.values()].sort(byOrder);
  const before = runs.filter((run) => run.status === "executing" && run.leaseId === p.leaseId);
  if (before.length > 0) return before.map(leasedRun);
  const leased: ModelRun[] = [];
  for (const run of runs) {
    if (leased.length === p.limit) break;
    if (!isReady(run, p) || !hasPlace(m, run.queue)) continue;
    run.status = "executing";
    run.epoch += 1;
    Object.assign(run, { leaseId: p.leaseId, leaseUntil: p.now + p.leaseMs, leasedAt: p.now, workerId: p.workerId });
    run.startedAt ??= p.now;
    if (p.version !== undefined) Object.assign(run, { taskVersion: run.taskVersion ?? p.version.id });
    addEvent(m, run, p.now, "run.started", { workerId: p.workerId });
    leased.push(run);
  }
  return leased.map(leasedRun);
}

/** The model has no key. */
export const ANY_SEED = "any seed";

function leasedRun(run: ModelRun): LeasedRun {
  return { ...visible(run), seed: ANY_SEED };
}

function isReady(run: ModelRun, { now, tasks, version, lane }: Params<"leaseRuns">): boolean {
  const isExpired = run.startedAt === undefined && run.expiresAt !== undefined && run.expiresAt <= now;
  const isCanceled = run.cancelRequestedAt !== undefined && run.phase === "running";
  const isOfVersion =
    version === undefined || run.taskVersion === version.id || (run.taskVersion === undefined && version.isLatest);
  const isDue = run.status === "queued" && run.dueAt <= now;
  const isAlone = run.quarantinedAt !== undefined || run.memoryMb !== undefined;
  if (lane !== undefined && isAlone !== (lane === "alone")) return false;
  return isDue && tasks.includes(run.task) && isOfVersion && !isExpired && !isCanceled;
}

function hasPlace(m: Model, queue: string): boolean {
  const { concurrencyLimit = null, pausedAt = m.environment.pausedAt } = m.queues.get(queue) ?? {};
  if (pausedAt !== undefined) return false;
  const executing = [...m.runs.values()].filter((run) => run.status === "executing" && run.queue === queue).length;
  return executing < (concurrencyLimit ?? Number.POSITIVE_INFINITY);
}

export function renewLeases(m: Model, p: Params<"renewLeases">): Result<"renewLeases"> {
  return p.leases.map(({ runId, epoch }) => {
    const run = m.runs.get(runId);
    if (!holds(run, { epoch })) return { runId, held: false, cancelRequested: false };
    Object.assign(run, { leaseUntil: p.now + p.leaseMs });
    return { runId, held: true, cancelRequested: run.cancelRequestedAt !== undefined && run.phase === "running" };
  });
}

export function releaseRuns(m: Model, p: Params<"releaseRuns">): Result<"releaseRuns"> {
  const leases = [...new Map(p.leases.map((lease) => [lease.runId, lease])).values()];
  for (const lease of leases) {
    const run = m.runs.get(lease.runId);
    if (holds(run, lease)) giveBack(m, run, "release", p.now);
  }
  return { released: leases.filter((lease) => hasDone(m, "release", lease)).length };
}

export function reapRun(m: Model, p: Params<"reapRun">): Result<"reapRun"> {
  const run = m.runs.get(p.runId);
  if (!holds(run, p)) return run !== undefined && hasDone(m, "reap", p) ? { status: run.status } : lost;
  if (m.entries.get(run.id)?.at(-1)?.epoch !== run.epoch) run.barrenLeases += 1;
  giveBack(m, run, "reap", p.now);
  return { status: "queued" };
}

export function quarantineRun(m: Model, p: Params<"quarantineRun">): Result<"quarantineRun"> {
  const run = m.runs.get(p.runId);
  if (!holds(run, p)) return run !== undefined && hasDone(m, "quarantine", p) ? { status: run.status } : lost;
  giveBack(m, run, "quarantine", p.now);
  run.quarantinedAt = p.now;
  return { status: "queued" };
}

function giveBack(m: Model, run: ModelRun, name: "release" | "reap" | "quarantine", now: number): void {
  move(m, run, name, now);
  run.dueAt = now;
}

export function wakeRun(m: Model, p: Params<"wakeRun">): Result<"wakeRun"> {
  const run = m.runs.get(p.runId);
  if (run === undefined) return lost;
  if (run.finishedAt !== undefined) return { refused: "already-final" };
  if (run.status !== "waiting" || run.held || run.epoch !== p.epoch)
    return hasDone(m, "wake", p) ? { status: run.status } : lost;
  move(m, run, "wake", p.now);
  run.dueAt = p.now;
  return { status: "queued" };
}

export function completeDueWaitpoints(m: Model, p: Params<"completeDueWaitpoints">): Result<"completeDueWaitpoints"> {
  const due = [...m.waitpoints.values()]
    .filter(
      ({ kind, status, dueAt }) =>
        kind === "time" && status === "pending" && (dueAt ?? Number.POSITIVE_INFINITY) <= p.now,
    )
    .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0) || (a.id < b.id ? -1 : 1))
    .slice(0, p.limit);
  for (const waitpoint of due) complete(waitpoint, p.now);
  return { woken: wakeOwners(m, due, p.now) };
}

export function visible({ held: _, ...run }: ModelRun): Run {
  return run;
}
