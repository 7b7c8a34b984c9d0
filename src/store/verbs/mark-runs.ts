import { hasStatus, literal } from "../literals.ts";
import { forUpdate, rows, skipLocked, sql } from "../sql.ts";
import type { At, StoreWrites } from "../store.ts";
import type { Statements } from "../verb.ts";

/**
 * `runs.limited` decides which index a run is found by, never whether a limit or a pause holds: a lease looks at the queues themselves
 * (`pick-runs.ts`, `pick-limited.ts`). So runs that another verb has in hand may keep an outdated mark, and `had_limit`
 * stays when limit or pause goes, so that those are found.
 *
 * One statement for each open status, as each has an index of its own.
 */
export function* markRuns({ environmentId }: At, queue: string, limited: 0 | 1): Statements<void> {
  for (const isOpen of [hasStatus("queued"), hasStatus("executing"), hasStatus("waiting")]) {
    yield sql`
      with outdated as materialized (
        select id from runs
        where environment_id = ${environmentId} and queue = ${queue} and ${literal(isOpen)} and limited <> ${limited} ${skipLocked})
      update runs set limited = ${limited} where environment_id = ${environmentId} and id in (select id from outdated)`;
  }
}

/**
 * A lease that looked at the queue before its pause was committed holds the rows that it took, or finds them marked when it comes to
 * take them. Run after that commit, in another transaction, this waits for the one and makes the other.
 */
export function* settleQueue({
  environmentId,
  name,
}: Parameters<StoreWrites["settleQueue"]>[0]): Statements<Record<string, never>> {
  // Runs that are marked although their queue has never been paused would be found by nobody.
  const unmarked = yield sql`
    select id from runs
    where environment_id = ${environmentId} and queue = ${name} and ${IS_QUEUED} and limited = 0
      and exists (select 1 from queues where environment_id = ${environmentId} and name = ${name} and had_limit = 1)
    order by ${BY_ID} ${forUpdate}`;
  if (unmarked.length > 0) {
    const ids = unmarked.map(({ id }) => ({ id: id as string }));
    yield sql`
      update runs set limited = 1
      where environment_id = ${environmentId} and id in (select id from ${rows(ids, { id: "text" })} as found)`;
  }
  return {};
}

/** Newest first, as everywhere; sorted, since by the index of ids SQLite would go through all runs. */
const BY_ID = literal("id || '' desc");
const IS_QUEUED = literal(hasStatus("queued"));
