import type { At, FollowUps, NewRun } from "../../store.ts";
import { addEvent, type Model } from "./state.ts";

/** Of each list the first that is not there yet. */
export function makeFollowUps(m: Model, followUps: FollowUps = [], at: At): void {
  for (const list of followUps) {
    const first = list.find(({ id }) => !m.runs.has(id));
    if (first !== undefined) insert(m, first, at);
  }
}

export function insert(m: Model, { idempotentUntil, payloadOf, ...run }: NewRun, p: At): void {
  const payload = payloadOf === undefined ? run.payload : m.runs.get(payloadOf)?.payload;
  m.runs.set(run.id, {
    ...run,
    ...(payload === undefined ? {} : { payload }),
    ...(run.metadata === undefined ? {} : { metadataBase: run.metadata }),
    environmentId: p.environmentId,
    rootRunId: run.rootRunId ?? run.id,
    status: "queued",
    phase: "running",
    held: false,
    epoch: 0,
    attempt: 1,
    activeMs: 0,
    orderAt: run.dueAt - run.priorityMs,
    journal: 1,
    entrySeq: 0,
    journalBytes: 0,
    undosOwed: 0,
    barrenLeases: 0,
    eventSeq: 0,
    createdAt: p.now,
  });
  addEvent(m, m.runs.get(run.id) as NonNullable<ReturnType<Model["runs"]["get"]>>, p.now, "run.created");
}
