import type { Queue } from "../../core/queue.ts";
import { literal } from "../literals.ts";
import { forUpdate, type Sql, sql } from "../sql.ts";
import type { At, Refused, StoreWrites } from "../store.ts";
import type { Row, Statements } from "../verb.ts";
import { markRuns } from "./mark-runs.ts";

type Params<Name extends keyof StoreWrites> = Parameters<StoreWrites[Name]>[0];

export function* pauseQueue(params: Params<"pauseQueue">): Statements<Queue> {
  return yield* change(params, params.name, sql`paused_at = coalesce(paused_at, ${params.now}), had_limit = 1`);
}

export function* resumeQueue(params: Params<"resumeQueue">): Statements<Queue> {
  return yield* change(params, params.name, literal("paused_at = null"));
}

export function* overrideLimit(params: Params<"overrideLimit">): Statements<Queue> {
  const { now, name, concurrencyLimit } = params;
  return yield* change(
    params,
    name,
    sql`concurrency_limit = ${concurrencyLimit}, overridden_at = ${now}, had_limit = 1`,
  );
}

export function* resetLimit(params: Params<"resetLimit">): Statements<Queue | Refused<"not-found">> {
  const { environmentId, name } = params;
  const [known] = yield sql`select name from queues where environment_id = ${environmentId} and name = ${name}`;
  if (known === undefined) return { refused: "not-found" };
  return yield* change(params, name, literal("concurrency_limit = declared_limit, overridden_at = null"));
}

/** The queue's row is locked first, as whoever leases from it does. */
function* change(at: At, name: string, set: Sql): Statements<Queue> {
  const { environmentId } = at;
  yield sql`
    insert into queues (environment_id, name, had_limit) values (${environmentId}, ${name}, 0)
    on conflict (environment_id, name) do nothing`;
  const [before] = yield sql`
    select ${QUEUE_COLUMNS} from queues where environment_id = ${environmentId} and name = ${name} ${forUpdate}`;
  const [after] = yield sql`
    update queues set ${set} where environment_id = ${environmentId} and name = ${name} returning ${QUEUE_COLUMNS}`;
  if (isHeld(before as Row) !== isHeld(after as Row)) yield* markRuns(at, name, isHeld(after as Row) ? 1 : 0);
  return toQueue(after as Row);
}

/** Its row decides over its runs one by one. */
export function isHeld(row: Row): boolean {
  return row["concurrency_limit"] !== null || row["paused_at"] !== null;
}

export const QUEUE_COLUMNS = literal("name, concurrency_limit, declared_limit, overridden_at, paused_at");

export function toQueue(row: Row): Queue {
  const { name, concurrency_limit, declared_limit, overridden_at, paused_at } = row;
  return {
    name: name as string,
    concurrencyLimit: concurrency_limit as number | null,
    declaredLimit: declared_limit as number | null,
    ...(overridden_at === null ? {} : { overriddenAt: overridden_at as number }),
    ...(paused_at === null ? {} : { pausedAt: paused_at as number }),
  };
}
