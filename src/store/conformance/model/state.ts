/**
 * The contract of `store.ts` a second time, as plain maps and without a thought for databases: what `model.test.ts` compares
 * the real verbs with. Written from the contract; where the two differ, one of them is wrong.
 */
import type { Entry, Waitpoint } from "../../../core/entry.ts";
import type { Queue } from "../../../core/queue.ts";
import type { LeaseKey, Run, RunEvent } from "../../../core/run.ts";
import {
  canTransition,
  isFinal,
  RUN_TRANSITIONS,
  type RunEventKind,
  type RunTransition,
} from "../../../core/run-state.ts";
import type { At, Woken } from "../../store.ts";

export type Mutable<Record> = { -readonly [Field in keyof Record]: Record[Field] };
export type ModelRun = Mutable<Run> & { held: boolean };

export interface Model {
  readonly runs: Map<string, ModelRun>;
  readonly events: Map<string, RunEvent[]>;
  readonly entries: Map<string, Entry[]>;
  readonly waitpoints: Map<string, Mutable<Waitpoint>>;
  /** By waitpoint. */
  readonly children: Map<string, readonly { readonly id: string; readonly isCached: boolean }[]>;
  readonly queues: Map<string, Mutable<Queue>>;
  readonly environment: { pausedAt?: number };
  readonly keys: Map<string, { readonly runId: string; readonly until: number | undefined }>;
}

export function createModel(): Model {
  return {
    runs: new Map(),
    events: new Map(),
    entries: new Map(),
    waitpoints: new Map(),
    children: new Map(),
    queues: new Map(),
    environment: {},
    keys: new Map(),
  };
}

export const lost = { refused: "lease-lost" } as const;

export function addEvent(
  m: Model,
  run: ModelRun,
  at: number,
  kind: RunEventKind,
  more: { workerId?: string | undefined; details?: string | undefined } = {},
): void {
  run.eventSeq += 1;
  const { epoch, attempt } = run;
  const event: Mutable<RunEvent> = { runId: run.id, seq: run.eventSeq, kind, at, epoch, attempt };
  if (more.workerId !== undefined) event.workerId = more.workerId;
  if (more.details !== undefined) event.details = more.details;
  m.events.set(run.id, [...(m.events.get(run.id) ?? []), event]);
}

/** Changes the status and lets go of the lease; the event is of the attempt and lease that were. */
export function move(m: Model, run: ModelRun, name: RunTransition, now: number, details?: string): void {
  if (!canTransition(name, run.status)) throw new Error(`${run.id} is ${run.status}: no ${name}`);
  const { to, event } = RUN_TRANSITIONS[name];
  addEvent(m, run, now, event, { workerId: run.status === "executing" ? run.workerId : undefined, details });
  if (run.leasedAt !== undefined) run.activeMs += now - run.leasedAt;
  for (const field of ["leaseId", "leaseUntil", "leasedAt", "workerId"] as const) delete run[field];
  run.status = to;
  run.held = name === "hold";
  if (isFinal(to)) run.finishedAt = now;
}

export function holds(
  run: ModelRun | undefined,
  { epoch }: Pick<LeaseKey, "epoch">,
): run is ModelRun & { status: "executing" } {
  return run !== undefined && run.status === "executing" && run.epoch === epoch;
}

export function hasDone(m: Model, name: RunTransition, { runId, epoch }: LeaseKey): boolean {
  return (m.events.get(runId) ?? []).some(
    (event) => event.epoch === epoch && event.kind === RUN_TRANSITIONS[name].event,
  );
}

/** Wakes the owners of waitpoints that are complete now, and tells who is awake. */
export function wakeOwners(m: Model, waitpoints: readonly Waitpoint[], now: number): Woken[] {
  const current = waitpoints.filter(({ runId, journal }) => m.runs.get(runId)?.journal === journal);
  for (const { id, runId } of current) {
    const owner = m.runs.get(runId);
    if (owner?.status !== "waiting" || owner.held) continue;
    move(m, owner, "wake", now, JSON.stringify({ waitpointId: id }));
    owner.dueAt = now;
  }
  return awake(m, current);
}

export function awake(m: Model, waitpoints: readonly Waitpoint[]): Woken[] {
  return waitpoints.flatMap(({ id, runId, journal }) => {
    const owner = m.runs.get(runId);
    if (owner === undefined || owner.journal !== journal || isFinal(owner.status) || owner.status === "waiting")
      return [];
    return [{ runId, waitpointId: id, status: owner.status }];
  });
}

/** The waitpoints that count this run, by id. */
export function countersOf(m: Model, runId: string): Mutable<Waitpoint>[] {
  return [...m.waitpoints.values()]
    .filter(({ id }) => m.children.get(id)?.some((child) => child.id === runId))
    .sort(byId);
}

export function complete(waitpoint: Mutable<Waitpoint>, now: number): void {
  waitpoint.status = "completed";
  waitpoint.completedAt = now;
}

export function askForEnd(m: Model, run: ModelRun, { now }: Pick<At, "now">): void {
  if (run.cancelRequestedAt !== undefined || isFinal(run.status)) return;
  run.cancelRequestedAt = now;
  addEvent(m, run, now, "run.cancel-requested");
}

export function askChildrenToEnd(m: Model, runId: string, at: Pick<At, "now">): void {
  for (const run of m.runs.values()) if (run.parentRunId === runId) askForEnd(m, run, at);
}

export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

export function byOrder(a: Run, b: Run): number {
  return a.orderAt - b.orderAt || byId(a, b);
}
