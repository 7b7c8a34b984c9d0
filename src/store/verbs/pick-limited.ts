import { hasStatus, joined, literal } from "../literals.ts";
import { forUpdate, type Sql, skipLocked, sql } from "../sql.ts";
import type { Row, Statements } from "../verb.ts";
import { lanesOf } from "./lanes.ts";
import type { LeaseParams } from "./lease-runs.ts";
import { LOCKED_COLUMNS } from "./lock-runs.ts";
import { byOrder, isReady, unlessPaused } from "./pick-runs.ts";

/**
 * Ready runs of limited queues, no more of each than it has free places, and none of paused ones.
 *
 * Places are counted after the queue's row is locked and by a statement of their own, which on Postgres sees what the last
 * holder of the lock has committed: counted before, ten places filled up with 26 runs.
 */
export function* pickLimited(params: LeaseParams): Statements<readonly Row[]> {
  const { environmentId } = params;
  const names = (yield* findQueues(params)).map(({ name }) => name);
  if (names.length === 0) return [];
  const queues = yield sql`
    select name, concurrency_limit, paused_at from queues where environment_id = ${environmentId} and name in (${names})
    order by name ${forUpdate}`;
  const counted = yield sql`
    select queue, count(*) as executing from runs
    where environment_id = ${environmentId} and ${IS_EXECUTING} and queue in (${names})
    group by queue`;
  const executing = new Map(counted.map((row) => [row["queue"], row["executing"] as number]));
  const picked: Row[] = [];
  for (const { name, concurrency_limit, paused_at } of queues) {
    if (paused_at !== null) continue;
    const places =
      concurrency_limit === null ? params.limit : (concurrency_limit as number) - (executing.get(name as string) ?? 0);
    if (places > 0)
      picked.push(
        ...(yield* pickFrom(name as string, concurrency_limit !== null, Math.min(places, params.limit), params)),
      );
  }
  return picked;
}

/** The queues that are not paused and have both a ready run and a free place; as many as there are runs asked, those with the first runs. */
export function* findQueues(
  params: Omit<LeaseParams, "workerId" | "leaseId" | "leaseMs">,
): Statements<readonly { readonly name: string; readonly places: number }[]> {
  const heads = lanesOf(params.lane).map(
    (alone) => sql`
      case when concurrency_limit is not null then ${headAt(params, alone, ANY)} else ${headAt(params, alone, STILL_MARKED)} end
        as ${literal(`head_${alone}`)},`,
  );
  const found = yield sql`
    select name, concurrency_limit,${joined(heads, "")}
      (select count(*) from runs
        where runs.environment_id = queues.environment_id and queue = queues.name and ${IS_EXECUTING}) as executing
    from queues
    where environment_id = ${params.environmentId} and had_limit = 1 and paused_at is null and ${unlessPaused(params.environmentId)} = 1`;
  return found
    .filter(
      (row) =>
        Number.isFinite(headOf(row)) &&
        (row["concurrency_limit"] === null || (row["executing"] as number) < (row["concurrency_limit"] as number)),
    )
    .sort((a, b) => headOf(a) - headOf(b) || ((a["name"] as string) < (b["name"] as string) ? -1 : 1))
    .slice(0, params.limit)
    .map((row) => ({ name: row["name"] as string, places: placesOf(row, params.limit) }));
}

function placesOf({ concurrency_limit, executing }: Row, most: number): number {
  return concurrency_limit === null ? most : (concurrency_limit as number) - (executing as number);
}

/** When the first of its ready runs came, of whichever lane. */
function headOf({ head_0, head_1 }: Row): number {
  return Math.min(...[head_0, head_1].filter((head) => typeof head === "number"));
}

function headAt(params: Parameters<typeof findQueues>[0], alone: 0 | 1, which: Sql): Sql {
  return sql`(
    select order_at from runs
    where runs.environment_id = queues.environment_id and queue = queues.name and ${isReady(params, alone)} ${which}
    order by order_at, id limit 1)`;
}

function* pickFrom(queue: string, hasLimit: boolean, places: number, params: LeaseParams): Statements<readonly Row[]> {
  const picked: Row[] = [];
  for (const alone of lanesOf(params.lane)) {
    picked.push(
      ...(yield sql`
        select order_at, ${LOCKED_COLUMNS} from runs
        where environment_id = ${params.environmentId} and queue = ${queue} and ${isReady(params, alone)}
          ${hasLimit ? ANY : STILL_MARKED}
        order by order_at, id limit 0 + ${places} ${skipLocked}`),
    );
  }
  return picked.sort(byOrder).slice(0, places);
}

const IS_EXECUTING = literal(hasStatus("executing"));
const ANY = literal("");

/** A queue that lost its limit: only runs that still bear its mark; the others are found by the scan of unlimited runs. */
const STILL_MARKED: Sql = literal("and limited = 1");
