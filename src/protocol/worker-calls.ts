/**
 * What a worker asks of its node. The transport may be a pipe to another process or, in the embedded mode, a function call;
 * the simulator's loses, doubles and delays messages. So every call may be repeated, and none relies on being answered.
 */
import type { AttemptOutcome } from "../core/attempt-outcome.ts";
import type { Continuation, Entry, Waitpoint } from "../core/entry.ts";
import type { Failure } from "../core/failure.ts";
import type { Lane } from "../core/lane.ts";
import type { LogLine } from "../core/log-line.ts";
import type { LeasedRun, LeaseKey, Run } from "../core/run.ts";
import type { TriggerRequest } from "../core/trigger-request.ts";

export type { AttemptOutcome } from "../core/attempt-outcome.ts";

export interface WorkerCalls {
  /** Waits up to `waitMs` for at least one run, then gives up to `limit`. The same `leaseId` gets the same answer. */
  lease(input: {
    workerId: string;
    leaseId: string;
    tasks: readonly string[];
    /** Of the worker's code: it gets runs of this version and, when it is the latest, of none yet. Absent: any. */
    version?: string;
    /** Only runs that share a process, or only those that have one to themselves. Absent: both. */
    lane?: Lane;
    limit: number;
    waitMs: number;
  }): Promise<LeaseAnswer>;
  renew(input: { workerId: string; leases: readonly LeaseKey[] }): Promise<RenewAnswer>;
  release(input: { workerId: string; leases: readonly LeaseKey[] }): Promise<void>;
  /** Appends to the journal. */
  record(input: LeaseKey & { append: AppendInput }): Promise<RecordAnswer>;
  /** Starts runs on behalf of a run; with `waitpoint` it will wait for them, without it `entryKey` names the journal entry that says so. */
  triggerFrom(
    input: LeaseKey & {
      append: AppendInput;
      requests: readonly TriggerRequest[];
      runIds: readonly string[];
      batchId?: string;
      waitpoint?: { id: string; entryKey: string };
      entryKey?: string;
    },
  ): Promise<TriggerFromAnswer>;
  park(
    input: LeaseKey & { append: AppendInput; waitingOn: readonly string[] },
  ): Promise<{ state: "parked" | "ready" | "lost" }>;
  /** A parked run's code called back: it wants to go on, and in this worker, since no other has what called. */
  unpark(input: LeaseKey & { workerId: string }): Promise<void>;
  finish(input: LeaseKey & { append: AppendInput; outcome: AttemptOutcome }): Promise<FinishAnswer>;
  readEntries(input: { runId: string; journal: number; afterSeq: number }): Promise<readonly Entry[]>;
  /** Of a journal that is continued from the top of its code: the entries that `readEntries` leaves out, and what began and was not answered. */
  readContinuation(input: { runId: string; journal: number }): Promise<Continuation>;
  readEntry(input: { runId: string; seq: number }): Promise<Entry | undefined>;
  readStepKeys(input: { runId: string; beforeJournal: number }): Promise<readonly StepKey[]>;
  readOwedUndos(input: { runId: string }): Promise<readonly Entry[]>;
  readWaitpoints(input: { runId: string; journal: number }): Promise<readonly Waitpoint[]>;
  readChildren(input: { waitpointId: string }): Promise<readonly ChildResult[]>;
  /** Whether the lease before this one ended by parking: then all that the code had logged until its open waits was told. */
  wasParked(input: { runId: string }): Promise<boolean>;
  /**
   * Takes lines that runs logged; answered when the node has them, which is before they are stored. Not fenced: what a worker that has
   * lost its run logged is worth reading too, and each line names the epoch under which it was logged.
   */
  appendLogs(input: { lines: readonly LogLine[] }): Promise<void>;
}

/** A step of an earlier journal, without its result. */
export type StepKey = Pick<Entry, "seq" | "journal" | "key" | "outcome" | "keptSeq">;

/** Lines of a run's story that the worker adds which executes it. */
export type WorkerNote =
  | "step.uncertain"
  | "step.key-missing"
  | "worker.stalled"
  | "effect.unrecorded"
  | "effect.repeated"
  | "effect.uncertain"
  | "effect.ambiguous"
  | "replay.request-differs"
  | "replay.stepped-over";

/** As `Append` of the store: what the journal gains. */
export interface AppendInput {
  firstSeq: number;
  entries: readonly {
    kind: Entry["kind"];
    key: string;
    outcome: Entry["outcome"];
    result?: string;
    keptSeq?: number;
    waitpointId?: string;
    clock?: string;
    place?: string;
  }[];
  waitpoints: readonly { id: string; entryKey: string; kind: Waitpoint["kind"]; dueAt?: number }[];
  metadata?: string;
  tags?: readonly string[];
  notes?: readonly { kind: WorkerNote; details?: string }[];
}

export interface LeaseAnswer {
  runs: readonly LeasedRun[];
  /** How long the leases last, counted from when the worker asked. */
  leaseMs: number;
  /** The store's clock. */
  now: number;
}

export interface RenewAnswer {
  leases: readonly { runId: string; held: boolean; cancelRequested: boolean }[];
  leaseMs: number;
  /** The store's clock. */
  now: number;
}

/** `ended`: the journal has passed its limit and the engine has failed the run. */
export type RecordAnswer = { state: "recorded" } | { state: "lost" } | { state: "ended" };

export type TriggerFromAnswer =
  | { state: "triggered"; runs: readonly { id: string; task: string; isCached: boolean }[]; waitpoint?: Waitpoint }
  | { state: "lost" };

export interface ChildResult {
  id: string;
  task: string;
  status: Run["status"];
  output?: string;
  failure?: Failure;
}

export interface FinishAnswer {
  /** What became of the run; `lost` when this worker no longer owned it. */
  state: "completed" | "retrying" | "failed" | "canceled" | "undoing" | "held" | "restarted" | "lost";
}
