import { z } from "zod";
import { defined } from "../../core/defined.ts";
import { createId } from "../../core/ids.ts";
import { accept, type ClientCalls } from "../../protocol/index.ts";
import { acceptTrigger } from "./accept-trigger.ts";
import type { Answer, AnswerDeps, Asked } from "./answers.ts";

type BatchView = Awaited<ReturnType<ClientCalls["retrieveBatch"]>>;

const announcement = z.strictObject({
  runCount: z.number(),
  /** Told by its SDK; each item names its own. */
  taskIdentifiers: z.array(z.string()).nullish(),
  idempotencyKey: z.string().nullish(),
  /** How the key came about: of use to people who look at it, and to nothing else. */
  idempotencyKeyOptions: z.object({ key: z.unknown(), scope: z.string() }).nullish(),
});

const whole = z.strictObject({
  items: z.array(
    z.strictObject({ task: z.string(), payload: z.unknown().optional(), options: z.unknown().optional() }),
  ),
});

/** Batches in the shapes of Trigger.dev's API; their items come by `batch-items.ts`. */
export const BATCH_ANSWERS = {
  createBatch({ calls, env }, { body, requestKey }) {
    const { runCount, idempotencyKey } = accept("batch.create", announcement, body);
    const key = idempotencyKey ? { idempotencyKey } : {};
    return calls.createBatch({ batchId: createId("batch", env), runCount, ...key, ...defined({ requestKey }) });
  },

  async retrieveBatch({ calls }, { params }) {
    return presentBatch(await calls.retrieveBatch({ batchId: params["batchId"] ?? "" }));
  },
} as const satisfies Partial<Record<keyof ClientCalls, Answer>>;

/** A batch with all its items in one body, as SDKs before 4.3.1 send it. */
export async function answerWholeBatch({ calls, env }: AnswerDeps, { body, requestKey }: Asked): Promise<object> {
  const { items } = accept("a batch", whole, body);
  const now = env.now();
  const requests = items.map(({ task, ...request }, index) => ({ index, ...acceptTrigger(task, request, now) }));
  const asked = { batchId: createId("batch", env), runCount: items.length, ...defined({ requestKey }) };
  const { id, runCount, isCached } = await calls.createBatch(asked);
  await calls.addBatchItems({ batchId: id, items: requests });
  return { id, runCount, isCached };
}

const STATUSES = { pending: "PENDING", processing: "PROCESSING", completed: "COMPLETED" } as const;

/** An item that cannot be taken is refused when it comes, so no batch has errors. */
function presentBatch({ id, status, runCount, runIds, createdAt, sealedAt, finishedAt, idempotencyKey }: BatchView) {
  const completedAt = finishedAt === undefined ? undefined : new Date(finishedAt).toISOString();
  return {
    id,
    status: STATUSES[status],
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(finishedAt ?? sealedAt ?? createdAt).toISOString(),
    runCount,
    runs: runIds,
    processing: { errors: [], ...defined({ completedAt }) },
    ...defined({ idempotencyKey }),
  };
}
