import type { Queue, QueueState } from "../core/queue.ts";
import type { At, Refused } from "./store.ts";

/** Verbs about queues and about an environment as a whole. Each makes the row that it needs. */
export interface QueueWrites {
  /** Declares queues: sets limits, makes those that are new; a limit that was overridden stays, and so does a pause. `null` is no limit. */
  putQueues(
    params: At & { readonly queues: readonly { readonly name: string; readonly concurrencyLimit: number | null }[] },
  ): { readonly queues: number };
  /** From its commit on no run of the queue is leased, but for leases that had begun before on a database with several writers. What executes goes on; a paused queue stays paused since the first time. */
  pauseQueue(params: At & { readonly name: string }): Queue;
  /** Answered when leases of the queue that had begun before have ended. To be sent after the commit of `pauseQueue`. */
  settleQueue(params: At & { readonly name: string }): Record<string, never>;
  resumeQueue(params: At & { readonly name: string }): Queue;
  /** Sets a limit that later declarations leave alone. */
  overrideLimit(params: At & { readonly name: string; readonly concurrencyLimit: number }): Queue;
  /** Back to the declared limit. Refused with `not-found` when there is no such row. */
  resetLimit(params: At & { readonly name: string }): Queue | Refused<"not-found">;
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
