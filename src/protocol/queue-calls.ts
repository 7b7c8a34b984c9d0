import type { QueueState } from "../core/queue.ts";

/** What applications ask about queues. A queue is one that a task declares or that has open runs. */
export interface QueueCalls {
  /** A page of all queues by name, from page 1. */
  listQueues(input: {
    page: number;
    perPage: number;
  }): Promise<{ queues: readonly QueueState[]; count: number; pausedAt?: number }>;
  retrieveQueue(input: { queue: string }): Promise<QueueState>;
  /** Once a pause was answered nothing of the queue begins; what executes goes on. */
  pauseQueue(input: { queue: string; action: PauseAction }): Promise<QueueState>;
  /** The same for all queues at once; those that are paused by themselves stay so when everything is resumed. */
  pauseEverything(input: { action: PauseAction }): Promise<{ pausedAt?: number }>;
  overrideQueueLimit(input: { queue: string; concurrencyLimit: number }): Promise<QueueState>;
  /** Back to what the tasks declare. */
  resetQueueLimit(input: { queue: string }): Promise<QueueState>;
}

export const PAUSE_ACTIONS = ["pause", "resume"] as const;
export type PauseAction = (typeof PAUSE_ACTIONS)[number];
