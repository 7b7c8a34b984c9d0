import type { StoreWrites } from "../../store.ts";
import { makeFollowUps } from "./insert.ts";
import { addEvent, complete, hasDone, holds, lost, type Model, type ModelRun, move } from "./state.ts";

type Append = Parameters<StoreWrites["appendEntries"]>[0]["append"];
type Lease = { readonly epoch: number; readonly now: number };

/** `new`: it follows what is there. `written`: it is there. */
export function planAppend(
  m: Model,
  run: ModelRun,
  epoch: number,
  append: Append | undefined,
): "new" | "written" | "misfit" {
  if (append === undefined) return "written";
  if (append.firstSeq === run.entrySeq + 1) return "new";
  return isWritten(m, run, epoch, append) ? "written" : "misfit";
}

function isWritten(m: Model, run: ModelRun, epoch: number, { firstSeq, entries }: Append): boolean {
  const journal = m.entries.get(run.id) ?? [];
  return (
    entries.length > 0 &&
    entries.every(({ kind, key }, i) => {
      const entry = journal[firstSeq + i - 1];
      return entry?.kind === kind && entry.key === key && entry.epoch === epoch;
    })
  );
}

export function undosOwedAfter(run: ModelRun, plan: string, append: Append | undefined): number {
  if (plan !== "new" || append === undefined) return run.undosOwed;
  const count = (kind: string) => append.entries.filter((entry) => entry.kind === kind).length;
  return run.undosOwed + count("intent") - count("undo");
}

export function write(m: Model, run: ModelRun, plan: string, append: Append | undefined, { now }: Lease): void {
  if (plan !== "new" || append === undefined) return;
  run.undosOwed = undosOwedAfter(run, plan, append);
  const journal = m.entries.get(run.id) ?? [];
  for (const entry of append.entries) {
    journal.push({ ...entry, seq: ++run.entrySeq, journal: run.journal, epoch: run.epoch, createdAt: now });
    run.journalBytes += entry.key.length + (entry.result?.length ?? 0);
    run.barrenLeases = 0;
  }
  m.entries.set(run.id, journal);
  if (append.metadata !== undefined) run.metadata = append.metadata;
  run.tags = [...new Set([...run.tags, ...(append.tags ?? [])])];
  for (const waitpoint of append.waitpoints) addWaitpoint(m, run, waitpoint, now);
  for (const { kind, details } of append.notes ?? []) {
    const isKnown = m.events
      .get(run.id)
      ?.some((event) => event.epoch === run.epoch && event.kind === kind && event.details === details);
    if (!isKnown) addEvent(m, run, now, kind, { workerId: run.workerId, details });
  }
}

export function addWaitpoint(m: Model, run: ModelRun, waitpoint: Append["waitpoints"][number], now: number): void {
  const { journal } = run;
  const isThere = [...m.waitpoints.values()].some(
    (one) =>
      one.id === waitpoint.id ||
      (one.runId === run.id && one.journal === journal && one.entryKey === waitpoint.entryKey),
  );
  if (!isThere)
    m.waitpoints.set(waitpoint.id, {
      ...waitpoint,
      runId: run.id,
      journal,
      status: "pending",
      remaining: 0,
      createdAt: now,
    });
}

export function appendEntries(
  m: Model,
  p: Parameters<StoreWrites["appendEntries"]>[0],
): ReturnType<StoreWrites["appendEntries"]> {
  const run = m.runs.get(p.runId);
  if (run === undefined) return lost;
  if (!holds(run, p)) return isWritten(m, run, p.epoch, p.append) ? size(run) : lost;
  const plan = planAppend(m, run, p.epoch, p.append);
  if (plan === "misfit") return lost;
  write(m, run, plan, p.append, p);
  return size(run);
}

export function parkRun(m: Model, p: Parameters<StoreWrites["parkRun"]>[0]): ReturnType<StoreWrites["parkRun"]> {
  const run = m.runs.get(p.runId);
  if (!holds(run, p)) return run !== undefined && hasDone(m, "park", p) ? size(run) : lost;
  const plan = planAppend(m, run, p.epoch, p.append);
  if (plan === "misfit") return lost;
  if (p.waitingOn.some((id) => m.waitpoints.get(id)?.status === "completed")) return { refused: "already-ready" };
  write(m, run, plan, p.append, p);
  move(m, run, "park", p.now, JSON.stringify({ waitingOn: p.waitingOn }));
  delete run.quarantinedAt;
  run.barrenLeases = 0;
  return size(run);
}

export function holdRun(m: Model, p: Parameters<StoreWrites["holdRun"]>[0]): ReturnType<StoreWrites["holdRun"]> {
  const run = m.runs.get(p.runId);
  if (!holds(run, p)) return run !== undefined && hasDone(m, "hold", p) ? { status: run.status } : lost;
  addWaitpoint(m, run, p.waitpoint, p.now);
  move(m, run, "hold", p.now, p.details);
  run.barrenLeases = 0;
  makeFollowUps(m, p.followUps, p);
  return { status: "waiting" };
}

export function completeHold(m: Model, run: ModelRun, now: number): void {
  for (const one of m.waitpoints.values()) {
    if (one.runId === run.id && one.kind === "hold" && one.status === "pending") complete(one, now);
  }
}

function size({ entrySeq, journalBytes }: ModelRun) {
  return { entrySeq, journalBytes };
}
