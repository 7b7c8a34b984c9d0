/**
 * The store: where facts are kept, and the only room that knows SQL.
 *
 * Its verbs say what happened to a run (`parkRun`, `completeRun`) rather than which columns to change. Each is atomic, writes
 * its run event in the same transaction, and answers with what it did or with a named refusal; it throws only for surprises.
 * The engine decides which verb; no verb holds policy. Every verb may be sent twice and answers its own success again, since
 * the answer of a commit can be lost.
 *
 * A verb is a generator that yields SQL (`verb.ts`): the same text and the same control flow run on SQLite, synchronously in
 * a thread of its own, and on Postgres, over a pool. Values that users gave us are sealed (`seal.ts`) on their way into a
 * row and opened on their way out; nobody outside this room sees ciphertext.
 */
import type { Entry, NewEntry, Waitpoint, WaitpointKind } from "../core/entry.ts";
import type { Failure } from "../core/failure.ts";
import type { Lane } from "../core/lane.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { Ending, LeasedRun, LeaseKey, OnDivergence, Run, RunEvent } from "../core/run.ts";
import type { RunEventKind, RunStatus } from "../core/run-state.ts";
import type { BatchReads, BatchRefusal, BatchWrites } from "./batch-verbs.ts";
import type { StoreDescription } from "./description.ts";
import type { EffectReads } from "./effect-verbs.ts";
import type { KeyReads, KeyRefusal, KeyWrites } from "./key-verbs.ts";
import type { OutsideRefusal, OutsideWrites } from "./outside-verbs.ts";
import type { Packets } from "./packets.ts";
import type { PruneWrites } from "./prune-verbs.ts";
import type { QueueReads, QueueWrites } from "./queue-verbs.ts";

/** With it begins the reference that a row has in place of a long value; an encoded value always begins with `{`. */
export const REFERENCE_PREFIX = "blob:";

/** True of a leased run's payload whose bytes are missing. */
export function isMissingValue(text: string | undefined): boolean {
  return text?.startsWith(REFERENCE_PREFIX) ?? false;
}

/** Time is a parameter of every write: the caller's reading of `Store.now()`. */
export interface At {
  readonly environmentId: string;
  readonly now: number;
}

/** A worker's write: refused with `lease-lost` unless the run is executing under exactly this epoch. */
export interface Fenced extends At, LeaseKey {}

/** What the journal of a run gains. Sent alone (`appendEntries`) or together with the verb that ends or parks the run. */
export interface Append {
  /** `seq` of the first entry; the run's `entrySeq` must be one less. */
  readonly firstSeq: number;
  readonly entries: readonly NewEntry[];
  readonly waitpoints: readonly NewWaitpoint[];
  /** The run's whole metadata, when it changed. */
  readonly metadata?: string;
  /** Tags to add. */
  readonly tags?: readonly string[];
  /** Notes for the run's story. */
  readonly notes?: readonly { readonly kind: RunEventKind; readonly details?: string }[];
}

export interface NewWaitpoint {
  readonly id: string;
  readonly entryKey: string;
  readonly kind: WaitpointKind;
  readonly dueAt?: number;
}

export interface NewRun {
  readonly id: string;
  readonly task: string;
  readonly queue: string;
  readonly payload?: string;
  /** Instead of `payload`: the run whose payload it gets, however long, without the value leaving the database. */
  readonly payloadOf?: string;
  readonly metadata?: string;
  readonly tags: readonly string[];
  readonly retry: RetryPolicy;
  readonly maxDurationMs?: number;
  readonly priorityMs: number;
  readonly dueAt: number;
  readonly expiresAt?: number;
  readonly idempotencyKey?: string;
  readonly idempotentUntil?: number;
  readonly parentRunId?: string;
  /** Default: the run itself. */
  readonly rootRunId?: string;
  readonly replayOfRunId?: string;
  readonly batchId?: string;
  /** Names the request that asks for it: sent again, it finds the run that it has made. */
  readonly requestKey?: string;
  readonly depth: number;
  readonly onDivergence: OnDivergence;
  readonly taskVersion?: string;
  /** It gets a process to itself, with this much memory; 0 for no limit. */
  readonly memoryMb?: number;
}

/** Runs that what happened calls for, made in its transaction: of each list the first whose id is not there yet. They have no idempotency keys. */
export type FollowUps = readonly (readonly NewRun[])[];

/** A run that a `createRuns` made, or found by its id or idempotency key. */
export interface CreatedRun {
  readonly id: string;
  readonly status: RunStatus;
  /** True when the idempotency key led to an earlier run. */
  readonly isCached: boolean;
}

/** Who was waiting for what just happened, so that the caller can wake it without being asked. Owners that are final, held or in a later journal are left out. */
export interface Woken {
  readonly runId: string;
  readonly waitpointId: string;
  /** The run as it is now: `queued` when this woke it, `executing` when it had not parked. */
  readonly status: RunStatus;
}

export type Refusal =
  | ("lease-lost" | "already-final" | "already-ready" | "not-found" | "undos-owed" | "not-held")
  | (BatchRefusal | OutsideRefusal | KeyRefusal);
export type Refused<R extends Refusal> = { readonly refused: R };

export interface JournalSize {
  readonly entrySeq: number;
  readonly journalBytes: number;
}

/** Verbs that change something. Parameters and results are plain data: they cross a thread. */
export interface StoreWrites extends BatchWrites, OutsideWrites, QueueWrites, KeyWrites, PruneWrites {
  /**
   * Accepts runs, all or none. A run whose id exists, or whose `requestKey` does, is answered as it is (a repeat); one whose idempotency key is taken by
   * a run of the same task is not made, and the first run is answered: unless that key has expired (`idempotentUntil` has
   * come) or its run has failed, then the key moves to the new run (completed and canceled runs keep it).
   * With `parent`: refused unless the parent holds its lease; `parent.append` is written in the same transaction, and with
   * `parent.waitpoint` the parent gets a `children` waitpoint for these runs, `remaining` being those that are not final yet.
   * With `parent.triggerKey` an entry of kind `trigger` with this key follows the append (its `seq` is the next one); its result is
   * the JSON of `[{ id, task, isCached }]` in the order of `runs`. A repeat finds that entry and answers from it.
   * Refused with `not-found` when a run that `payloadOf` names is gone.
   * A waitpoint whose (run, journal, entryKey) exists is found, not made, and then no runs are made either: the first ones are answered.
   */
  createRuns(
    params: At & {
      readonly runs: readonly NewRun[];
      readonly parent?: LeaseKey & {
        readonly append: Append;
        readonly waitpoint?: NewWaitpoint;
        readonly triggerKey?: string;
      };
    },
  ): { readonly created: readonly CreatedRun[]; readonly waitpoint?: Waitpoint } | Refused<"lease-lost" | "not-found">;

  /**
   * Gives up to `limit` due runs of these tasks to a worker, in order of `orderAt`, within the limits of their queues (counted under the
   * queue row's lock, queues in sorted order). Raises epoch and sets `leaseUntil = now + leaseMs`. Passes over runs whose TTL has passed before they started, and runs
   * whose end was asked for unless they are undoing. Repeated with the same `leaseId` it answers the same runs
   * that are still executing under it. With `version`, that of the worker's code: only runs that belong to it and, where it
   * is the latest, runs that belong to none yet, which are its from then on. With `lane`: only runs that share a process, or only those
   * that have one to themselves (in quarantine, or with `memoryMb`). A payload whose bytes are missing from the blob store keeps its reference
   * (`isMissingValue`), so that its run can be failed alone.
   */
  leaseRuns(
    params: At & {
      readonly workerId: string;
      readonly leaseId: string;
      readonly tasks: readonly string[];
      readonly version?: { readonly id: string; readonly isLatest: boolean };
      readonly lane?: Lane;
      readonly limit: number;
      readonly leaseMs: number;
    },
  ): readonly LeasedRun[];

  /** Sets `leaseUntil` of those still held. Answers for each whether it is held and whether its end was asked for (not of one that is undoing: that is how it ends). */
  renewLeases(
    params: At & { readonly leases: readonly LeaseKey[]; readonly leaseMs: number },
  ): readonly { readonly runId: string; readonly held: boolean; readonly cancelRequested: boolean }[];

  /** An append that does not follow the journal and is not in it already is refused with `lease-lost`, here and wherever one is taken. */
  appendEntries(params: Fenced & { readonly append: Append }): JournalSize | Refused<"lease-lost">;

  /** To `waiting`, when none of the waitpoints named is complete; adds the executing time to `activeMs`, resets `barrenLeases`, ends its quarantine. Refused with `already-ready` nothing is written, neither the append. */
  parkRun(
    params: Fenced & { readonly append: Append; readonly waitingOn: readonly string[] },
  ): JournalSize | Refused<"lease-lost" | "already-ready">;

  /** To `waiting` on a fresh `hold` waitpoint; the event carries the diff. A repeat makes no further follow-ups. */
  holdRun(
    params: Fenced & { readonly waitpoint: NewWaitpoint; readonly details: string; readonly followUps?: FollowUps },
  ): { readonly status: RunStatus } | Refused<"lease-lost">;

  /** Ends the run as completed; completes what waits for it and wakes its owner, in the same transaction. */
  completeRun(
    params: Fenced & { readonly append: Append; readonly output?: string },
  ): { readonly woken: readonly Woken[] } | Refused<"lease-lost">;

  /** The attempt failed and another follows at `dueAt`: attempt and journal rise by one, `activeMs` and `barrenLeases` start at 0, `orderAt = dueAt - priorityMs`.
   * Its quarantine ends unless `staysAlone`; `memoryMb` is what it gets from now on. Automatic entries are deleted, unless undos are owed, which are recovered by
   * them. With `resumeBefore`, the key of an effect, the journal goes on instead, without the effect's entries (but its intent) and its completed waitpoint. */
  retryRun(
    params: Fenced & {
      readonly append: Append;
      readonly failure: Failure;
      readonly dueAt: number;
      readonly staysAlone?: boolean;
      readonly memoryMb?: number;
      readonly resumeBefore?: string;
    },
  ): { readonly attempt: number; readonly unreferencedBlobs?: readonly string[] } | Refused<"lease-lost">;

  /** Ends the run as failed, from any open status; `epoch` is the one that the caller saw. Refused with `undos-owed` in phase `running` when it owes undos (call `undoRun`). With `append`, and in phase `undoing`, the run must be executing. A repeat makes no further follow-ups. */
  failRun(
    params: Fenced & { readonly append?: Append; readonly failure: Failure; readonly followUps?: FollowUps },
  ): { readonly woken: readonly Woken[] } | Refused<"lease-lost" | "already-final" | "undos-owed">;

  /** Ends the run as canceled, from any open status, as `failRun` does; asks for the end of its open children in the same transaction. */
  cancelRun(
    params: Fenced & { readonly append?: Append; readonly failure?: Failure },
  ): { readonly woken: readonly Woken[] } | Refused<"lease-lost" | "already-final" | "undos-owed">;

  /** To phase `undoing`, queued and due now, with its ending kept in the row; `activeMs` and `barrenLeases` start at 0. A run that is undoing
   * already keeps its first ending and is answered as it is. On `canceled` it asks for the end of its open children too. */
  undoRun(
    params: Fenced & { readonly append?: Append; readonly ending: Ending },
  ): { readonly status: RunStatus } | Refused<"lease-lost" | "already-final">;

  /** Notes that someone wants the end of a run; its worker learns of it at the next renewal, a loop ends runs that have no worker. Final runs refuse, but for canceled ones whose end was asked for so. */
  requestCancel(
    params: At & { readonly runId: string },
  ): { readonly run: Run } | Refused<"already-final" | "not-found">;

  /** The attempt begins anew with its kept steps: `journal` rises, attempt does not, `activeMs` and `barrenLeases` start at 0. From executing (fenced by epoch) or from a hold (`not-held` otherwise). Completes the hold. Automatic entries are deleted as by `retryRun`. */
  restartRun(
    params: Fenced & { readonly details?: string },
  ):
    | { readonly status: RunStatus; readonly unreferencedBlobs?: readonly string[] }
    | Refused<"lease-lost" | "not-held" | "already-final">;

  /** Hands leases back without burning an attempt. Those no longer held are passed over. */
  releaseRuns(params: At & { readonly leases: readonly LeaseKey[] }): { readonly released: number };

  /** The worker is gone: back to queued, due now, same attempt and journal; `barrenLeases` rises by one unless this lease recorded an entry, `activeMs` gains the lease's time up to now. */
  reapRun(params: Fenced): { readonly status: RunStatus } | Refused<"lease-lost">;

  /** Its process died while it executed, and it may be why: back to queued as `reapRun` does, into quarantine; `barrenLeases` stays. Parking, a new attempt and a restart end that. */
  quarantineRun(params: Fenced): { readonly status: RunStatus } | Refused<"lease-lost">;

  /** Wakes a waiting run although nothing it waits for has come: its code called back. */
  wakeRun(params: Fenced): { readonly status: RunStatus } | Refused<"lease-lost" | "already-final">;

  /** Completes up to `limit` time waitpoints that are due and wakes their owners. */
  completeDueWaitpoints(params: At & { readonly limit: number }): { readonly woken: readonly Woken[] };
}

/** Verbs that only look. */
export interface StoreReads extends BatchReads, EffectReads, QueueReads, KeyReads {
  findRun(params: { readonly environmentId: string; readonly runId: string }): Run | undefined;
  /**
   * Newest first; `after` is the id of the last run of the page before. Payloads and outputs beyond `LIMITS.inlineCharacters`
   * are left out here and in the lists for the loops below: a page of them could fill the memory. `findRun` has them.
   */
  listRuns(params: {
    readonly environmentId: string;
    readonly limit: number;
    readonly after?: string;
    readonly statuses?: readonly RunStatus[];
    readonly tasks?: readonly string[];
    readonly queues?: readonly string[];
    readonly tag?: string;
    readonly batchId?: string;
    readonly parentRunId?: string;
    readonly createdFrom?: number;
    readonly createdTo?: number;
    /** Leaves out tasks whose ids begin with it. */
    readonly exceptTasks?: string;
  }): readonly Run[];
  /** Runs of a task that failed at `from` or later and before `until`: how many, and the newest `limit` of them. */
  listFailures(params: {
    readonly environmentId: string;
    readonly task: string;
    readonly from: number;
    readonly until: number;
    readonly limit: number;
  }): { readonly count: number; readonly runs: readonly Run[] };
  countRuns(params: { readonly environmentId: string }): Readonly<Record<RunStatus, number>>;
  /** The versions that runs with work ahead belong to, in no order; those that belong to none yet name none. */
  listOpenVersions(params: { readonly environmentId: string }): readonly string[];
  listRunEvents(params: {
    readonly environmentId: string;
    readonly runId: string;
    readonly afterSeq: number;
    readonly limit: number;
  }): readonly RunEvent[];
  /** The latest event of these kinds. */
  findLastEvent(params: {
    readonly environmentId: string;
    readonly runId: string;
    readonly kinds: readonly RunEvent["kind"][];
  }): RunEvent | undefined;
  /**
   * A page of one journal, by seq: all entries whose place is their seq. It ends before its results have more than
   * `maxCharacters`, but not before its first entry.
   */
  listEntries(params: {
    readonly environmentId: string;
    readonly runId: string;
    readonly journal: number;
    readonly afterSeq: number;
    readonly limit: number;
    readonly maxCharacters?: number;
  }): readonly Entry[];
  findEntry(params: {
    readonly environmentId: string;
    readonly runId: string;
    readonly seq: number;
  }): Entry | undefined;
  /** Steps of earlier journals, completed and failed, without their results, newest journal first, then by seq: what a new attempt may keep. */
  listStepKeys(params: {
    readonly environmentId: string;
    readonly runId: string;
    readonly beforeJournal: number;
  }): readonly Pick<Entry, "seq" | "journal" | "key" | "outcome" | "keptSeq">[];
  /** Intents whose undo is still owed (no `undo` entry with key `undo:<seq of the intent>`), latest first. */
  listOwedUndos(params: { readonly environmentId: string; readonly runId: string }): readonly Entry[];
  /** Of one journal of one run. */
  listWaitpoints(params: {
    readonly environmentId: string;
    readonly runId: string;
    readonly journal: number;
  }): readonly Waitpoint[];
  /** The runs of a `children` waitpoint in the order of its items, with output and failure. */
  listChildren(params: {
    readonly environmentId: string;
    readonly waitpointId: string;
  }): readonly Pick<Run, "id" | "task" | "status" | "output" | "failure">[];
  /** How many runs of these tasks that share processes could begin at once, within the limits of their queues; counted up to `limit`. */
  countReady(params: {
    readonly environmentId: string;
    readonly now: number;
    readonly tasks: readonly string[];
    readonly version?: { readonly id: string; readonly isLatest: boolean };
    readonly limit: number;
  }): number;
  /** When the loops have something to do next; absent when never. `runAt` is the next after `now`: what is due already waits for a worker or a place, not for time. */
  nextDue(params: { readonly environmentId: string; readonly now: number }): {
    readonly runAt?: number;
    readonly waitpointAt?: number;
    readonly expiryAt?: number;
    readonly leaseAt?: number;
  };
  /** Executing runs whose lease ran out before `now`. */
  listExpiredLeases(params: {
    readonly environmentId: string;
    readonly now: number;
    readonly limit: number;
  }): readonly Run[];
  /** Executing runs whose worker is none of these: orphans, where this node is the only one. */
  listOrphans(params: {
    readonly environmentId: string;
    readonly workerIds: readonly string[];
    readonly limit: number;
  }): readonly Run[];
  /** Queued runs whose TTL has passed and that never started. */
  listExpiredRuns(params: {
    readonly environmentId: string;
    readonly now: number;
    readonly limit: number;
  }): readonly Run[];
  /** Runs whose end was asked for, that no worker executes and that are not undoing. */
  listCancelRequested(params: { readonly environmentId: string; readonly limit: number }): readonly Run[];
}

type Asynchronous<Verbs> = {
  readonly [Name in keyof Verbs]: Verbs[Name] extends (params: infer Params) => infer Result
    ? (params: Params) => Promise<Result>
    : never;
};

export interface Store extends Asynchronous<StoreWrites>, Asynchronous<StoreReads> {
  /** The store's clock, epoch milliseconds, never going back: the host's on SQLite, the database's on Postgres. */
  now(): number;
  /** True when no other node can be using this database, so that runs of unknown workers are orphans. */
  readonly isSingleNode: boolean;
  describe(): Promise<StoreDescription>;
  /** Values that come before their runs. */
  readonly packets: Packets;
  /** Waits for what was accepted, then closes. Later calls fail with `STORE_CLOSED`. */
  close(): Promise<void>;
}
