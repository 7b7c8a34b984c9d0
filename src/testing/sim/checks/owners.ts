import { type Evidence, type State, stateBefore, transitionOf, type Violation } from "../evidence.ts";
import type { Commit } from "../history.ts";

/** One owner: every lease raises the epoch, and nothing is written for a run but under the epoch that it has. */
export function* checkOwners({ history, events, stories }: Evidence): Iterable<Violation> {
  for (const { event, before } of events) {
    const { runId, epoch, kind } = event;
    const expected = (before?.epoch ?? 0) + (transitionOf(event) === "lease" ? 1 : 0);
    if (epoch !== expected) yield broken(runId, `${kind} has epoch ${epoch} where ${expected} was due`);
  }
  for (const { runId, entries } of stories.values()) {
    for (const { entry, state } of entries) {
      if (state?.status !== "executing" || state.epoch !== entry.epoch)
        yield broken(
          runId,
          `entry ${entry.seq} (${entry.key}) of epoch ${entry.epoch} was written while it was ${said(state)}`,
        );
    }
  }
  for (const commit of history.commits) {
    for (const { runId, epoch } of fencesOf(commit)) {
      const story = stories.get(runId);
      if (story === undefined || !hasWritten(commit, runId)) continue;
      const state = stateBefore(story, commit);
      if (state?.epoch !== epoch)
        yield broken(runId, `${commit.verb} under epoch ${epoch} was kept while it was ${said(state)}`);
    }
  }
}

/** By which leases a verb says that it may write. */
function fencesOf({ params }: Commit): readonly { runId: string; epoch: number }[] {
  const { runId, epoch, parent, leases } = params as {
    runId?: string;
    epoch?: number;
    parent?: { runId: string; epoch: number };
    leases?: readonly { runId: string; epoch: number }[];
  };
  if (leases !== undefined) return leases;
  if (parent !== undefined) return [parent];
  return runId !== undefined && epoch !== undefined ? [{ runId, epoch }] : [];
}

/** Children are written on behalf of their parent. */
function hasWritten({ events, entries, params }: Commit, runId: string): boolean {
  const isParent = (params as { parent?: { runId: string } }).parent?.runId === runId;
  return (
    events.some((event) => event.runId === runId || (isParent && event.kind === "run.created")) ||
    entries.some((entry) => entry.runId === runId)
  );
}

function said(state: State | undefined): string {
  return state === undefined ? "not there" : `${state.status} under epoch ${state.epoch}`;
}

function broken(runId: string, problem: string): Violation {
  return { promise: "one owner", runId, problem };
}
