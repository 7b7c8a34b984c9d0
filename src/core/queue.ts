/** A queue and what holds in it. */
export interface Queue {
  readonly name: string;
  /** Runs of it that may execute at once; `null` is no limit. */
  readonly concurrencyLimit: number | null;
  /** What the tasks declare. */
  readonly declaredLimit: number | null;
  /** When somebody set another limit than the declared one. */
  readonly overriddenAt?: number;
  /** Since when nothing of it begins. */
  readonly pausedAt?: number;
}

/** A queue and what is in it. Those that only runs name are queues too. */
export interface QueueState extends Queue {
  /** Queued runs that may start by now. */
  readonly due: number;
  /** Since when the first of them may. */
  readonly oldestDueAt?: number;
  /** Queued runs whose time has not come. */
  readonly delayed: number;
  readonly executing: number;
  readonly waiting: number;
}
