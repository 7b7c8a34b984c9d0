import type { BatchStatus } from "../core/batch.ts";
import { type Client, defaultClient } from "./host.ts";

/** A batch as it stood when it was read. */
export interface BatchObject {
  readonly id: string;
  /** `pending` until all its items have come, `completed` when every run is final, whatever became of it. */
  readonly status: BatchStatus;
  readonly runCount: number;
  /** Ids of the runs, in the order of the items; `runs.list({ batch })` has the runs. */
  readonly runs: readonly string[];
  readonly idempotencyKey: string | undefined;
  readonly createdAt: Date;
  /** When the last of its runs ended. */
  readonly finishedAt: Date | undefined;
}

/** @throws {PerdureError} `BATCH_NOT_FOUND`. */
export async function retrieveBatch(
  batch: string | { readonly batchId: string },
  client: Client = defaultClient("batch.retrieve()"),
): Promise<BatchObject> {
  const batchId = typeof batch === "string" ? batch : batch.batchId;
  const { id, status, runCount, runIds, idempotencyKey, createdAt, finishedAt } = await client.calls.retrieveBatch({
    batchId,
  });
  return {
    ...{ id, status, runCount, runs: runIds, idempotencyKey, createdAt: new Date(createdAt) },
    finishedAt: finishedAt === undefined ? undefined : new Date(finishedAt),
  };
}
