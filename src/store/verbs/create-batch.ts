import { sql } from "../sql.ts";
import type { At, StoreWrites } from "../store.ts";
import type { Row, Statements } from "../verb.ts";
import { indexable } from "./values.ts";

type Params = Parameters<StoreWrites["createBatch"]>[0];
type Created = ReturnType<StoreWrites["createBatch"]>;

export function* createBatch(params: Params): Statements<Created> {
  const earlier = (yield* findRepeated(params)) ?? (yield* findKeyed(params));
  if (earlier !== undefined) return earlier;
  const { environmentId, now, id, runCount, idempotencyKey, idempotentUntil, requestKey } = params;
  const inserted = yield sql`
    insert into batches (environment_id, id, run_count, received, staged_size, made, idempotency_key, idempotent_until,
      request_key, created_at)
    values (${environmentId}, ${id}, ${runCount}, 0, 0, 0, ${idempotencyKey && indexable(idempotencyKey)}, ${idempotentUntil},
      ${requestKey && indexable(requestKey)}, ${now})
    on conflict do nothing returning id`;
  if (inserted.length > 0) return { id, runCount, isCached: false };
  // Another node has announced it meanwhile, by the same request or with the same key.
  return (yield* findRepeated(params)) ?? (yield* findKeyed(params)) ?? { id, runCount, isCached: false };
}

function* findRepeated({ environmentId, id, requestKey }: Params): Statements<Created | undefined> {
  const [byId] = yield sql`select id, run_count from batches where environment_id = ${environmentId} and id = ${id}`;
  if (byId !== undefined) return toCreated(byId, false);
  if (requestKey === undefined) return undefined;
  const [byRequest] = yield sql`
    select id, run_count from batches where environment_id = ${environmentId} and request_key = ${indexable(requestKey)}`;
  return byRequest && toCreated(byRequest, false);
}

/** The batch that has the key; one whose time has passed gives it up. */
function* findKeyed({ environmentId, now, idempotencyKey }: Params): Statements<Created | undefined> {
  if (idempotencyKey === undefined) return undefined;
  const key = indexable(idempotencyKey);
  yield* giveUpKey({ environmentId, now }, key);
  const [found] = yield sql`
    select id, run_count, sealed_at from batches where environment_id = ${environmentId} and idempotency_key = ${key}`;
  return found && toCreated(found, found["sealed_at"] !== null);
}

function* giveUpKey({ environmentId, now }: At, key: string): Statements<void> {
  yield sql`
    update batches set idempotency_key = null
    where environment_id = ${environmentId} and idempotency_key = ${key} and idempotent_until <= ${now}`;
}

function toCreated(row: Row, isCached: boolean): Created {
  return { id: row["id"] as string, runCount: row["run_count"] as number, isCached };
}
