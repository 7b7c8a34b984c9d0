/** Runs that were asked for together. Instants are epoch milliseconds. */
export interface Batch {
  readonly id: string;
  /** How many runs it has, or will have. */
  readonly runCount: number;
  /** Items that have come so far. */
  readonly received: number;
  /** In the order of the items; empty until all have come. */
  readonly runIds: readonly string[];
  /** Runs of it that are not final. */
  readonly openRuns: number;
  readonly idempotencyKey?: string;
  readonly createdAt: number;
  /** When its last item came; from then on its runs are there. */
  readonly sealedAt?: number;
  /** Of the run that ended last. */
  readonly finishedAt?: number;
}

export const BATCH_STATUSES = ["pending", "processing", "completed"] as const;

/** `pending` until all items have come, `completed` when every run is final, whatever became of it. */
export type BatchStatus = (typeof BATCH_STATUSES)[number];

export function batchStatus({ sealedAt, openRuns }: Pick<Batch, "sealedAt" | "openRuns">): BatchStatus {
  if (sealedAt === undefined) return "pending";
  return openRuns > 0 ? "processing" : "completed";
}
