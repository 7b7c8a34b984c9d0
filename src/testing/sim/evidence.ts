import type { Run } from "../../core/run.ts";
import { RUN_TRANSITIONS, type RunStatus, type RunTransition } from "../../core/run-state.ts";
import type { Commit, CommittedEntry, CommittedEvent, Deed, FinalState, History } from "./history.ts";

/** A promise that was broken, and where. */
export interface Violation {
  readonly promise: string;
  readonly runId?: string;
  readonly problem: string;
}

/** A simulation's history, put in order for the checks. */
export interface Evidence {
  readonly history: History;
  readonly final: FinalState;
  readonly runs: ReadonlyMap<string, Run>;
  readonly stories: ReadonlyMap<string, Story>;
  /** Every event of every run in the order of the commits. */
  readonly events: readonly Told[];
  /** Everything came to rest. */
  readonly isAtRest: boolean;
}

/** What was committed about one run, in order. */
export interface Story {
  readonly runId: string;
  readonly events: Told[];
  readonly entries: Written[];
  readonly leases: Lease[];
  readonly deeds: Deed[];
  readonly drops: Drop[];
}

/** What a resumed attempt does without: the effect with this key, at which the one before had failed. */
export interface Drop {
  readonly journal: number;
  readonly key: string;
  readonly commit: Commit;
}

/** A run as its events tell it. */
export interface State {
  readonly status: RunStatus;
  readonly epoch: number;
  readonly attempt: number;
  readonly journal: number;
  readonly eventSeq: number;
}

export interface Told {
  readonly event: CommittedEvent;
  readonly commit: Commit;
  /** Absent before the run was made. */
  readonly before: State | undefined;
  readonly after: State;
}

export interface Written {
  readonly entry: CommittedEntry;
  readonly commit: Commit;
  /** The run as it was when the verb began. */
  readonly state: State | undefined;
}

/** From a lease to whatever ended it. */
export interface Lease {
  readonly epoch: number;
  readonly journal: number;
  /** For taking steps back: code that runs under it is a rehearsal of older journals. */
  readonly isUndoing: boolean;
  readonly worker: string | undefined;
  /** Commit by which it was given. */
  readonly from: number;
  /** Commit by which it ended. */
  to: number;
}

const BY_EVENT = new Map(
  (Object.keys(RUN_TRANSITIONS) as RunTransition[]).map((name) => [RUN_TRANSITIONS[name].event as string, name]),
);

export function transitionOf({ kind }: CommittedEvent): RunTransition | undefined {
  return BY_EVENT.get(kind);
}

export function gatherEvidence(history: History, final: FinalState, isAtRest: boolean): Evidence {
  const stories = new Map<string, Story>();
  const states = new Map<string, State>();
  const events: Told[] = [];
  const storyOf = (runId: string): Story => {
    const story = stories.get(runId) ?? { runId, events: [], entries: [], leases: [], deeds: [], drops: [] };
    stories.set(runId, story);
    return story;
  };
  for (const commit of history.commits) {
    for (const entry of commit.entries)
      storyOf(entry.runId).entries.push({ entry, commit, state: states.get(entry.runId) });
    for (const event of commit.events) {
      const before = states.get(event.runId);
      const told = { event, commit, before, after: stateAfter(before, event, commit) };
      states.set(event.runId, told.after);
      events.push(told);
      follow(storyOf(event.runId), told);
    }
  }
  for (const deed of history.deeds) storyOf(deed.runId).deeds.push(deed);
  return { history, final, runs: new Map(final.runs.map((run) => [run.id, run])), stories, events, isAtRest };
}

/** The lease under which the code did it; the last one before, where the run was parked and its code went on. */
export function leaseOf({ leases }: Story, { epoch, afterCommit }: Deed): Lease | undefined {
  return epoch > 0 ? leases.find((one) => one.epoch === epoch) : leases.findLast(({ from }) => from <= afterCommit);
}

/** Whether a resumed attempt has dropped this between its commit and that one. */
export function isDropped({ drops }: Story, { entry, commit }: Written, before: number): boolean {
  const { journal, key } = entry;
  return drops.some(
    (drop) => drop.journal === journal && drop.key === key && drop.commit.seq >= commit.seq && drop.commit.seq < before,
  );
}

/** The run as it was before this commit. */
export function stateBefore({ events }: Story, commit: Commit): State | undefined {
  return events.findLast((told) => told.commit.seq < commit.seq)?.after;
}

function follow(story: Story, told: Told): void {
  const { event, commit, before, after } = told;
  story.events.push(told);
  const key = resumesBefore(told);
  if (before !== undefined && key !== undefined) story.drops.push({ journal: before.journal, key, commit });
  if (before?.status === "executing" && after.status !== "executing") {
    const lease = story.leases.at(-1);
    if (lease !== undefined) lease.to = commit.seq;
  }
  if (transitionOf(event) === "lease")
    story.leases.push({
      epoch: event.epoch,
      journal: after.journal,
      isUndoing: story.events.some((earlier) => transitionOf(earlier.event) === "undo"),
      worker: event.workerId,
      from: commit.seq,
      to: Number.POSITIVE_INFINITY,
    });
}

/** The effect at which an attempt failed, where the next one goes on with its journal. */
function resumesBefore({ event, commit }: Pick<Told, "event" | "commit">): string | undefined {
  const { resumeBefore } = commit.params as { readonly resumeBefore?: string };
  return transitionOf(event) === "retry" ? resumeBefore : undefined;
}

/** Attempt and journal are counted here, and not taken from the event, so that the two can be compared. */
function stateAfter(before: State | undefined, event: CommittedEvent, commit: Commit): State {
  if (before === undefined) return { status: "queued", epoch: 0, attempt: 1, journal: 1, eventSeq: event.seq };
  const name = transitionOf(event);
  const isFresh = name === "restart" || (name === "retry" && resumesBefore({ event, commit }) === undefined);
  return {
    status: name === undefined ? before.status : RUN_TRANSITIONS[name].to,
    epoch: name === "lease" ? event.epoch : before.epoch,
    attempt: before.attempt + (name === "retry" ? 1 : 0),
    journal: before.journal + (isFresh ? 1 : 0),
    eventSeq: event.seq,
  };
}
