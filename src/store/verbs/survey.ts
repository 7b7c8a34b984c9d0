/** Counts for people and their monitoring. They read all open runs, so on a file a thread of its own does them (`SURVEYS` in `verbs.ts`). */

import type { QueueState } from "../../core/queue.ts";
import { OPEN_STATUSES } from "../../core/run-state.ts";
import { hasStatus, literal } from "../literals.ts";
import { type Sql, sql } from "../sql.ts";
import type { StoreReads } from "../store.ts";
import type { Row, Statements } from "../verb.ts";
import { toQueue } from "./change-queues.ts";

const IS_QUEUED = literal(hasStatus("queued"));
const IS_EXECUTING = literal(hasStatus("executing"));
const IS_WAITING = literal(hasStatus("waiting"));
const OF_ALL = literal("");

/** One statement, and so one picture: a run is counted once, whatever it does meanwhile. */
export function* surveyQueues({
  environmentId,
  now,
  names,
}: Parameters<StoreReads["surveyQueues"]>[0]): Statements<readonly QueueState[]> {
  const ofQueue = names === undefined ? OF_ALL : sql`and queue in (${names})`;
  const ofName = names === undefined ? OF_ALL : sql`and name in (${names})`;
  const found = yield sql`
    select 'row' as counted, name, 0 as runs, null as first_at, concurrency_limit, declared_limit, overridden_at, paused_at
    from queues where environment_id = ${environmentId} ${ofName}
    union all ${counted("due", environmentId, sql`${IS_QUEUED} and due_at <= ${now} ${ofQueue}`)}
    union all ${counted("delayed", environmentId, sql`${IS_QUEUED} and due_at > ${now} ${ofQueue}`)}
    union all ${counted("executing", environmentId, sql`${IS_EXECUTING} ${ofQueue}`)}
    union all ${counted("waiting", environmentId, sql`${IS_WAITING} ${ofQueue}`)}`;
  const states = new Map<string, QueueState>();
  for (const row of found) {
    const name = row["name"] as string;
    const known = states.get(name) ?? { ...UNDECLARED, name };
    states.set(name, { ...known, ...readingOf(row) });
  }
  return [...states.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Counted = "due" | "delayed" | "executing" | "waiting";

function counted(what: Counted, environmentId: string, which: Sql): Sql {
  const firstAt = literal(what === "due" ? "min(due_at)" : "null");
  return sql`
    select ${literal(`'${what}'`)}, queue, count(*), ${firstAt}, null, null, null, null from runs
    where environment_id = ${environmentId} and ${which} group by queue`;
}

function readingOf(row: Row): Partial<QueueState> {
  const what = row["counted"] as Counted | "row";
  if (what === "row") return toQueue(row);
  const runs = row["runs"] as number;
  return what === "due" ? { due: runs, oldestDueAt: row["first_at"] as number } : { [what]: runs };
}

/** A queue that nobody declared: a run was triggered into it by name. */
const UNDECLARED = { concurrencyLimit: null, declaredLimit: null, due: 0, delayed: 0, executing: 0, waiting: 0 };

export function* countOpenVersions({
  environmentId,
}: Parameters<StoreReads["countOpenVersions"]>[0]): Statements<readonly { id: string; runs: number }[]> {
  const found = yield sql`
    select task_version, count(*) as runs from runs
    where environment_id = ${environmentId} and task_version is not null and ${literal(hasStatus(...OPEN_STATUSES))}
    group by task_version`;
  return found.map(({ task_version, runs }) => ({ id: task_version as string, runs: runs as number }));
}
