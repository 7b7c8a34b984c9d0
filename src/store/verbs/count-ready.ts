import { sql } from "../sql.ts";
import type { StoreReads } from "../store.ts";
import type { Statements } from "../verb.ts";
import { findQueues } from "./pick-limited.ts";
import { isReady } from "./pick-runs.ts";

type Params = Parameters<StoreReads["countReady"]>[0];

/** Runs of unlimited queues, and of limited ones no more than they have free places. */
export function* countReady(params: Params): Statements<number> {
  const { environmentId, limit } = params;
  const lane = "shared";
  let count = yield* countFrom(sql`
    select 1 from runs
    where environment_id = ${environmentId} and limited = 0 and ${isReady(params, 0)}
    limit 0 + ${limit}`);
  for (const { name, places } of yield* findQueues({ ...params, lane })) {
    if (count >= limit) break;
    count += yield* countFrom(sql`
      select 1 from runs
      where environment_id = ${environmentId} and queue = ${name} and ${isReady(params, 0)}
      limit 0 + ${Math.min(places, limit)}`);
  }
  return Math.min(count, limit);
}

function* countFrom(found: ReturnType<typeof sql>): Statements<number> {
  const [row] = yield sql`select count(*) as ready from (${found}) as found`;
  return row?.["ready"] as number;
}
