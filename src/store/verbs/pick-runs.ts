import { hasStatus, literal } from "../literals.ts";
import { type Sql, skipLocked, sql } from "../sql.ts";
import type { Row, Statements } from "../verb.ts";
import { lanesOf } from "./lanes.ts";
import type { LeaseParams } from "./lease-runs.ts";
import { LOCKED_COLUMNS } from "./lock-runs.ts";

const IS_QUEUED = literal(hasStatus("queued"));

function isOf({ id, isLatest }: NonNullable<LeaseParams["version"]>): Sql {
  return isLatest ? sql`and (task_version is null or task_version = ${id})` : sql`and task_version = ${id}`;
}

/** A worker whose code has no version continues whatever it finds, and the journal says whether it fits. */
const OF_ANY_VERSION = literal("");

/**
 * May start now: due, not past its TTL, nobody asked for its end (a run that is undoing ends by that, so it goes on), of the
 * worker's version and in its lane.
 * No run's `order_at` is later than its `due_at`; saying so keeps the scan of a queue off its future.
 */
export function isReady({ now, tasks, version }: Pick<LeaseParams, "now" | "tasks" | "version">, alone: 0 | 1): Sql {
  return sql`
    ${IS_QUEUED} and alone = ${alone} and order_at <= ${now} and due_at <= ${now} and task in (${tasks})
    and (cancel_requested_at is null or phase = 'undoing')
    and (expires_at is null or expires_at > ${now} or started_at is not null)
    ${version === undefined ? OF_ANY_VERSION : isOf(version)}`;
}

/** 1, or 0 while the environment is paused: a limit is taken times this, and of a limit of 0 no database reads any rows. */
export function unlessPaused(environmentId: string): Sql {
  return sql`(select 1 - count(*) from environments where environment_id = ${environmentId} and paused_at is not null)`;
}

/**
 * One scan for each lane of an index that runs of limited and of paused queues are not in. The look at the queue is for those that came in while it
 * got its limit or its pause.
 */
export function* pickUnlimited(params: LeaseParams): Statements<readonly Row[]> {
  const picked: Row[] = [];
  for (const alone of lanesOf(params.lane)) picked.push(...(yield* pickLane(params, alone)));
  return picked;
}

function* pickLane(params: LeaseParams, alone: 0 | 1): Statements<readonly Row[]> {
  return yield sql`
    select order_at, ${LOCKED_COLUMNS} from runs
    where environment_id = ${params.environmentId} and limited = 0 and ${isReady(params, alone)}
      and not exists (
        select 1 from queues
        where queues.environment_id = runs.environment_id and queues.name = runs.queue
          and (concurrency_limit is not null or paused_at is not null))
    order by order_at, id limit ${params.limit} * ${unlessPaused(params.environmentId)} ${skipLocked}`;
}

export function byOrder(a: Row, b: Row): number {
  return (a["order_at"] as number) - (b["order_at"] as number) || ((a["id"] as string) < (b["id"] as string) ? -1 : 1);
}
