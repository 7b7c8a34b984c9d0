import { forUpdate, sql } from "../sql.ts";
import type { StoreWrites } from "../store.ts";
import type { Statements } from "../verb.ts";
import { lowerBlobs } from "./blob-refs.ts";

type Params = Parameters<StoreWrites["deleteBatches"]>[0];

export function* deleteBatches(params: Params): Statements<ReturnType<StoreWrites["deleteBatches"]>> {
  const { environmentId, before, unsealedBefore, limit } = params;
  const old = yield sql`
    select id from batches
    where environment_id = ${environmentId} and made = 0 and created_at < ${Math.max(before, unsealedBefore)}
      and (created_at < ${before} or (sealed_at is null and created_at < ${unsealedBefore}))
    order by created_at limit 0 + ${limit}`;
  if (old.length === 0) return { deleted: 0, unreferencedBlobs: [], ...(yield* findOldestOpen(environmentId)) };
  // One that got its last item since it was looked at has runs now.
  const locked = yield sql`
    select id from batches where environment_id = ${environmentId} and made = 0 and id in (${idsIn(old)})
    order by id ${forUpdate}`;
  const ids = idsIn(locked);
  const items = yield sql`
    delete from batch_items where environment_id = ${environmentId} and batch_id in (${ids}) returning payload`;
  yield sql`delete from batches where environment_id = ${environmentId} and id in (${ids})`;
  const payloads = items.map(({ payload }) => payload as Uint8Array | null);
  const unreferencedBlobs = yield* lowerBlobs(params, payloads);
  return { deleted: ids.length, unreferencedBlobs, ...(yield* findOldestOpen(environmentId)) };
}

function* findOldestOpen(environmentId: string): Statements<{ oldestOpenAt?: number }> {
  const [oldest] = yield sql`
    select created_at from batches where environment_id = ${environmentId} and made = 0 and sealed_at is null
    order by created_at limit 1`;
  return oldest === undefined ? {} : { oldestOpenAt: oldest["created_at"] as number };
}

/** Those of batches of which these were the last runs. To be called when the runs are gone. */
export function* deleteEmptied(environmentId: string, batchIds: readonly string[]): Statements<void> {
  if (batchIds.length === 0) return;
  yield sql`
    delete from batches where environment_id = ${environmentId} and id in (${batchIds})
      and not exists (
        select 1 from runs where runs.environment_id = batches.environment_id and runs.batch_id = batches.id)`;
}

function idsIn(rows: readonly { readonly [column: string]: unknown }[]): readonly string[] {
  return rows.map(({ id }) => id as string);
}
