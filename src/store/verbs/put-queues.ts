import { forUpdate, sql } from "../sql.ts";
import type { StoreWrites } from "../store.ts";
import type { Row, Statements } from "../verb.ts";
import { isHeld } from "./change-queues.ts";
import { markRuns } from "./mark-runs.ts";

type Params = Parameters<StoreWrites["putQueues"]>[0];

export function* putQueues(params: Params): Statements<{ queues: number }> {
  const { environmentId } = params;
  const limits = new Map(params.queues.map(({ name, concurrencyLimit }) => [name, concurrencyLimit]));
  for (const [name, limit] of [...limits].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [before] = yield sql`
      select concurrency_limit, paused_at from queues
      where environment_id = ${environmentId} and name = ${name} ${forUpdate}`;
    const [after] = yield sql`
      insert into queues (environment_id, name, concurrency_limit, declared_limit, had_limit)
      values (${environmentId}, ${name}, ${limit}, ${limit}, ${limit === null ? 0 : 1})
      on conflict (environment_id, name) do update set declared_limit = excluded.declared_limit,
        concurrency_limit = case when queues.overridden_at is null then excluded.concurrency_limit else queues.concurrency_limit end,
        had_limit = case when excluded.had_limit = 1 then 1 else queues.had_limit end
      returning concurrency_limit, paused_at`;
    const wasHeld = before !== undefined && isHeld(before);
    const isHeldNow = isHeld(after as Row);
    if (wasHeld !== isHeldNow) yield* markRuns(params, name, isHeldNow ? 1 : 0);
  }
  return { queues: limits.size };
}
