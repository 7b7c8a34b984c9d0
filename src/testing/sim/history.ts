import type { EntryKind, EntryOutcome, WaitpointKind } from "../../core/entry.ts";
import type { Run } from "../../core/run.ts";
import type { RunEventKind } from "../../core/run-state.ts";
import type { Arrival } from "./outside.ts";

/** All that happened in a simulation and that promises are about. Who checks it needs nothing else. */
export interface History {
  /** Who speaks to the store just now. */
  actor: string;
  /** Verbs that wrote something, in the order of their commits. */
  readonly commits: Commit[];
  /** What user code did to the world and saw of it. */
  readonly deeds: Deed[];
  /** Requests that somebody else's servers have heard, by their numbers from 1. */
  readonly arrivals: Arrival[];
  /** Triggers that clients were told of. */
  readonly accepted: Accepted[];
  /** Workers whose process was taken down by the code of a run. */
  readonly poisoned: Set<string>;
  /** Nothing else goes wrong in this world. */
  readonly isPeaceful: boolean;
  /** Errors that nobody waited for. */
  readonly problems: Problem[];
  /** Runs made, and runs that are final: what tells when there is nothing more to come. */
  created: number;
  final: number;
  /** The longest that a message was on its way. */
  slowestMs: number;
  /** True time of the last event of any run. */
  lastEventAt: number;
}

/** A verb's commit, and what it left behind. */
export interface Commit {
  /** Place in the order of all commits, from 1. */
  readonly seq: number;
  /** True time. */
  readonly at: number;
  /** The store's clock as the caller read it. */
  readonly now: number;
  readonly verb: string;
  readonly actor: string;
  /** As the caller said it. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly result: unknown;
  readonly events: readonly CommittedEvent[];
  readonly entries: readonly CommittedEntry[];
}

export interface CommittedEvent {
  readonly runId: string;
  readonly seq: number;
  readonly kind: RunEventKind;
  readonly at: number;
  readonly epoch: number;
  readonly attempt: number;
  readonly workerId: string | undefined;
}

export interface CommittedEntry {
  readonly runId: string;
  readonly seq: number;
  readonly journal: number;
  readonly kind: EntryKind;
  readonly key: string;
  readonly outcome: EntryOutcome;
  readonly result: string | undefined;
  readonly keptSeq: number | undefined;
  readonly waitpointId: string | undefined;
  readonly place: string | undefined;
  readonly epoch: number;
  readonly createdAt: number;
}

/** Something that the code of a run did or saw, in a process that was alive. */
export interface Deed {
  readonly runId: string;
  readonly worker: string;
  /** The epoch under which the worker held the run for its own. */
  readonly epoch: number;
  /** The attempt that the code was told it is in. */
  readonly attempt: number;
  /** Which performance of the run's code, of all there were in all processes. */
  readonly execution: number;
  /** Place of the operation in its program. */
  readonly place: string;
  readonly kind:
    | "step"
    | "undo"
    | "wait asked"
    | "wait over"
    | "child seen"
    /** A step is asked for; what it has seen before, as `sight` and `trail`. */
    | "sight"
    | "sent"
    | "heard"
    | "look";
  /** How many commits were there. */
  readonly afterCommit: number;
  readonly storeNow: number;
  readonly seen?: unknown;
}

export interface Accepted {
  readonly client: string;
  readonly runId: string;
  readonly isCached: boolean;
}

export interface Problem {
  readonly who: string;
  readonly message: string;
}

/** Rows as the store has them in the end. */
export interface FinalState {
  readonly runs: readonly Run[];
  readonly waitpoints: readonly FinalWaitpoint[];
  /** Of final runs, that still have records of what they did without asking the SDK. */
  readonly recordsLeft: readonly { readonly runId: string; readonly count: number }[];
}

export interface FinalWaitpoint {
  readonly id: string;
  readonly runId: string;
  readonly journal: number;
  readonly entryKey: string;
  readonly kind: WaitpointKind;
  readonly status: "pending" | "completed";
  readonly dueAt: number | undefined;
  readonly createdAt: number;
  readonly completedAt: number | undefined;
  readonly children: readonly string[];
}

export function createHistory(isPeaceful: boolean): History {
  return {
    actor: "",
    commits: [],
    deeds: [],
    arrivals: [],
    accepted: [],
    poisoned: new Set(),
    isPeaceful,
    problems: [],
    created: 0,
    final: 0,
    slowestMs: 0,
    lastEventAt: 0,
  };
}
