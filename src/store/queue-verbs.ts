import type { At, Refused } from "./store.ts";

/** A queue as its row tells it. */
export interface QueueRow {
  readonly name: string;
  /** The limit that holds; `null` is none. */
  readonly concurrencyLimit: number | null;
  /** What the tasks declare. */
  readonly declaredLimit: number | null;
  /** When somebody set another limit than the declared one. */
  readonly overriddenAt?: number;
  readonly pausedAt?: number;
}

/** A queue and what is in it: of those that were declared, and of those that only runs name. */
export interface QueueState extends QueueRow {
  /** Queued runs that may start by now. */
  readonly due: number;
  /** Since when the first of them may. */
  readonly oldestDueAt?: number;
  /** Queued runs whose time has not come. */
  readonly delayed: number;
  readonly executing: number;
  readonly waiting: number;
}

/** Verbs about queues and about an environment as a whole. Each makes the row that it needs. */
export interface QueueWrites {
  /** Declares queues: sets limits, makes those that are new; a limit that was overridden stays, and so does a pause. `null` is no limit. */
  putQueues(
    params: At & { readonly queues: readonly { readonly name: string; readonly concurrencyLimit: number | null }[] },
  ): { readonly queues: number };
  /** From its commit on no run of the queue is leased, but for leases that had begun before on a database with several writers. What executes goes on; a paused queue stays paused since the first time. */
  pauseQueue(params: At & { readonly name: string }): QueueRow;
  /** Answered when leases of the queue that had begun before have ended. To be sent after the commit of `pauseQueue`. */
  settleQueue(params: At & { readonly name: string }): Record<string, never>;
  resumeQueue(params: At & { readonly name: string }): QueueRow;
  /** Sets a limit that later declarations leave alone. */
  overrideLimit(params: At & { readonly name: string; readonly concurrencyLimit: number }): QueueRow;
  /** Back to the declared limit. Refused with `not-found` when there is no such row. */
  resetLimit(params: At & { readonly name: string }): QueueRow | Refused<"not-found">;
  /** From its commit on nothing of the environment is leased, but for leases that had begun before on a database with several writers. */
  pauseEnvironment(params: At): { readonly pausedAt: number };
  resumeEnvironment(params: At): Record<string, never>;
  /** Writes, so that whoever asks knows that writing works. */
  noteCheck(params: At): { readonly checkedAt: number };
}

export interface QueueReads {
  /** Counts the open runs of each queue; `names` picks some, and answers those that exist. */
  surveyQueues(params: {
    readonly environmentId: string;
    readonly now: number;
    readonly names?: readonly string[];
  }): readonly QueueState[];
  findEnvironment(params: { readonly environmentId: string }): { readonly pausedAt?: number };
  /** How many open runs each version has; those that belong to none yet are not counted. */
  countOpenVersions(params: {
    readonly environmentId: string;
  }): readonly { readonly id: string; readonly runs: number }[];
}
