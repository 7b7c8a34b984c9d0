import { batchStatus } from "../core/batch.ts";
import { defined } from "../core/defined.ts";
import { checkPayloads } from "../core/size.ts";
import type { Engine } from "../engine/index.ts";
import { accept, batchItemsSchema, batchSchema, type ClientCalls, createBatchSchema } from "../protocol/index.ts";

export type BatchCalls = Pick<ClientCalls, "createBatch" | "addBatchItems" | "retrieveBatch">;

export function batchCalls(engine: Engine): BatchCalls {
  return {
    createBatch: async (input) => engine.createBatch(accept("batch.create", createBatchSchema, input)),
    async addBatchItems(input) {
      checkPayloads(input?.items ?? []);
      const asked = accept("batch.items", batchItemsSchema, input);
      const { accepted, deduplicated, received, isSealed } = await engine.addBatchItems(asked);
      return { accepted, deduplicated, received, isSealed };
    },
    async retrieveBatch(input) {
      const batch = await engine.getBatch(accept("batch.retrieve", batchSchema, input).batchId);
      const { id, runCount, received, runIds, createdAt, idempotencyKey, sealedAt, finishedAt } = batch;
      return {
        ...{ id, status: batchStatus(batch), runCount, received, runIds, createdAt },
        ...defined({ idempotencyKey, sealedAt, finishedAt }),
      };
    },
  };
}
