/** One run that is asked for. Options that are absent take the task's, then the instance's defaults. */
export interface TriggerRequest {
  task: string;
  payload?: string;
  /** Instead of `payload`: the name of one that was uploaded before. */
  packet?: string;
  options: TriggerRequestOptions;
}

export interface TriggerRequestOptions {
  queue?: string;
  /** Seconds of head start over runs triggered at the same time. */
  priority?: number;
  /** Earliest start. */
  dueAt?: number;
  delayMs?: number;
  /** A run that has not started this long after its earliest start fails as expired. */
  ttlMs?: number;
  idempotencyKey?: string;
  idempotencyKeyTtlMs?: number;
  maxAttempts?: number;
  maxDurationSeconds?: number;
  tags?: readonly string[];
  /** JSON object. */
  metadata?: string;
}

export interface TriggeredRun {
  id: string;
  task: string;
  /** True when the idempotency key led to an earlier run. */
  isCached: boolean;
}
