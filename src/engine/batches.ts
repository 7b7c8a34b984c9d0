import type { Batch } from "../core/batch.ts";
import { defined } from "../core/defined.ts";
import { isPerdureError, perdureError } from "../core/errors.ts";
import { createId } from "../core/ids.ts";
import { LIMITS } from "../core/limits.ts";
import { checkPayloads } from "../core/size.ts";
import type { TriggerRequest } from "../core/trigger-request.ts";
import type { BatchItemsPut } from "../store/batch-verbs.ts";
import type { NewRun } from "../store/store.ts";
import { decideRun } from "./decide-run.ts";
import { at, type EngineDeps } from "./deps.ts";
import { withPackets } from "./packets.ts";

export interface CreateBatch {
  readonly batchId: string;
  readonly runCount: number;
  readonly idempotencyKey?: string;
  readonly idempotencyKeyTtlMs?: number;
  readonly requestKey?: string;
}

export interface BatchItem extends TriggerRequest {
  /** Place in the batch, from 0. */
  readonly index: number;
}

/** Announces a batch, or finds the one that the same request or idempotency key has announced before. */
export async function createBatch(deps: EngineDeps, { batchId, idempotencyKeyTtlMs, ...asked }: CreateBatch) {
  const params = at(deps);
  const ttlMs = idempotencyKeyTtlMs ?? LIMITS.idempotencyKeyTtlMs;
  const idempotentUntil = asked.idempotencyKey === undefined ? undefined : params.now + ttlMs;
  const created = await deps.store.createBatch({ ...params, id: batchId, ...asked, ...defined({ idempotentUntil }) });
  deps.hints.batchOpen(params.now + LIMITS.batchOpenMs);
  return created;
}

/**
 * Takes items of a batch, those that came before being passed over. With the last of them its runs are there; none before.
 *
 * @throws {PerdureError} `BATCH_NOT_FOUND`; `BATCH_ITEM_REFUSED` and `BATCH_TOO_LARGE`, of these items none was taken then.
 */
export async function addBatchItems(
  deps: EngineDeps,
  { batchId, items }: { readonly batchId: string; readonly items: readonly BatchItem[] },
): Promise<BatchItemsPut> {
  const batch = await getBatch(deps, batchId);
  const runs = await Promise.all(items.map((item) => decideItem(deps, batch, item)));
  const answer = await deps.store.putBatchItems({
    ...at(deps),
    batchId,
    runs,
    places: items.map(({ index }) => index),
    maxSize: LIMITS.batchCharacters,
  });
  if (!("refused" in answer)) {
    if (answer.dueAt !== undefined) deps.hints.ready(answer.dueAt);
    if (answer.expiresAt !== undefined) deps.hints.expires(answer.expiresAt);
    return answer;
  }
  if (answer.refused === "too-large") throw perdureError("BATCH_TOO_LARGE", { batchId, limit: LIMITS.batchCharacters });
  throw perdureError("BATCH_NOT_FOUND", { batchId });
}

/** @throws {PerdureError} `BATCH_NOT_FOUND`. */
export async function getBatch({ store, environmentId }: EngineDeps, batchId: string): Promise<Batch> {
  const batch = await store.findBatch({ environmentId, batchId });
  if (batch === undefined) throw perdureError("BATCH_NOT_FOUND", { batchId });
  return batch;
}

async function decideItem(deps: EngineDeps, { id: batchId, runCount }: Batch, item: BatchItem): Promise<NewRun> {
  const { index } = item;
  const refuse = (problem: string, cause?: unknown) =>
    perdureError("BATCH_ITEM_REFUSED", { batchId, index, problem }, { cause });
  if (index >= runCount) throw refuse(`the batch was announced with ${runCount} items, counted from 0`);
  const { taskVersion, store, env } = deps;
  const { tasks, defaults } = deps.code;
  try {
    checkPayloads([item]);
    const [request = item] = await withPackets(deps, [item]);
    return decideRun(request, { id: createId("run", env), now: store.now(), tasks, defaults, taskVersion, batchId });
  } catch (error) {
    if (!isPerdureError(error)) throw error;
    throw refuse(`${error.code}: ${error.sentence.replace(/\.$/, "")}`, error);
  }
}
