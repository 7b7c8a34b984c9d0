/** What Perdure and its peers have in common: a queue of no-op jobs, and a worker that is held back until it may drain them. */
export interface Queue {
  enqueue(): Promise<void>;
  enqueueMany(count: number): Promise<void>;
  /** Lets the worker go on; resolves when each of the jobs is done, as far as its store says so. */
  drain(): Promise<void>;
}

export interface QueueOptions {
  readonly concurrency: number;
  /** How many jobs `drain` is to wait for, those that hold the slots included. */
  readonly expected?: number;
}

/** As large as the payloads of the measurements before the first version. */
export const PAYLOAD = { text: "x".repeat(180) };
