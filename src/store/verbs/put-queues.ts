import { hasStatus, literal } from "../literals.ts";
import { forUpdate, skipLocked, sql } from "../sql.ts";
import type { At, StoreWrites } from "../store.ts";
import type { Statements } from "../verb.ts";

type Params = Parameters<StoreWrites["putQueues"]>[0];

/**
 * `runs.limited` decides which index a run is found by, never whether a limit holds: a lease looks at the queues themselves
 * (`pick-runs.ts`, `pick-limited.ts`). So runs that another verb has in hand may keep an outdated mark, and `had_limit`
 * stays when a limit goes, so that those are found.
 */
export function* putQueues(params: Params): Statements<{ queues: number }> {
  const { environmentId } = params;
  const limits = new Map(params.queues.map(({ name, concurrencyLimit }) => [name, concurrencyLimit]));
  for (const [name, limit] of [...limits].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const hasLimit = limit === null ? 0 : 1;
    const [before] = yield sql`
      select concurrency_limit from queues where environment_id = ${environmentId} and name = ${name} ${forUpdate}`;
    yield sql`
      insert into queues (environment_id, name, concurrency_limit, had_limit) values (${environmentId}, ${name}, ${limit}, ${hasLimit})
      on conflict (environment_id, name) do update set concurrency_limit = excluded.concurrency_limit,
        had_limit = case when excluded.had_limit = 1 then 1 else queues.had_limit end`;
    const isChanged = (before?.["concurrency_limit"] ?? null) === null ? hasLimit === 1 : hasLimit === 0;
    if (isChanged) yield* markRuns(params, name, hasLimit);
  }
  return { queues: limits.size };
}

/** One statement for each open status, as each has an index of its own. */
function* markRuns({ environmentId }: At, queue: string, limited: 0 | 1): Statements<void> {
  for (const isOpen of [hasStatus("queued"), hasStatus("executing"), hasStatus("waiting")]) {
    yield sql`
      with outdated as materialized (
        select id from runs
        where environment_id = ${environmentId} and queue = ${queue} and ${literal(isOpen)} and limited <> ${limited} ${skipLocked})
      update runs set limited = ${limited} where environment_id = ${environmentId} and id in (select id from outdated)`;
  }
}
