import type { Run, RunEvent } from "../../core/run.ts";
import { FINAL_STATUSES, OPEN_STATUSES, RUN_STATUSES, type RunStatus } from "../../core/run-state.ts";
import { hasStatus, joined, literal } from "../literals.ts";
import { type Sql, sql } from "../sql.ts";
import type { StoreReads } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { toRun, toRunEvent } from "./records.ts";

export function* findRun(
  { environmentId, runId }: Parameters<StoreReads["findRun"]>[0],
  { seal }: VerbContext,
): Statements<Run | undefined> {
  const [row] = yield sql`select * from runs where environment_id = ${environmentId} and id = ${runId}`;
  return row && toRun(row, seal);
}

export function* listRuns(
  params: Parameters<StoreReads["listRuns"]>[0],
  { seal }: VerbContext,
): Statements<readonly Run[]> {
  const found = yield sql`
    select * from runs where environment_id = ${params.environmentId} ${joined(filters(params), " ")}
    order by ${isFamily(params) ? BY_SORTING : BY_INDEX} limit 0 + ${params.limit}`;
  return found.map((row) => toRun(row, seal));
}

/** Those of one batch or one parent are found by that and sorted: in order of the index, the last of them may be a million runs away. */
function isFamily({ batchId, parentRunId }: Parameters<StoreReads["listRuns"]>[0]): boolean {
  return batchId !== undefined || parentRunId !== undefined;
}

const BY_INDEX = literal("created_at desc, id desc");
const BY_SORTING = literal("created_at + 0 desc, id desc");

function filters(params: Parameters<StoreReads["listRuns"]>[0]): readonly Sql[] {
  const { environmentId, after, statuses, tasks, queues, tag, batchId, parentRunId, createdFrom, createdTo } = params;
  const { exceptTasks } = params;
  const given: Sql[] = [];
  if (statuses !== undefined) given.push(sql`and status in (${statuses})`);
  if (tasks !== undefined) given.push(sql`and task in (${tasks})`);
  if (exceptTasks !== undefined)
    given.push(sql`and substr(task, 1, ${literal(String(exceptTasks.length))}) <> ${exceptTasks}`);
  if (queues !== undefined) given.push(sql`and queue in (${queues})`);
  if (tag !== undefined) given.push(hasTag(tag));
  if (batchId !== undefined) given.push(sql`and batch_id = ${batchId}`);
  if (parentRunId !== undefined) given.push(sql`and parent_run_id = ${parentRunId}`);
  if (createdFrom !== undefined) given.push(sql`and created_at >= ${createdFrom}`);
  if (createdTo !== undefined) given.push(sql`and created_at <= ${createdTo}`);
  if (after !== undefined) {
    given.push(sql`
      and (created_at, id) < (select created_at, id from runs where environment_id = ${environmentId} and id = ${after})`);
  }
  return given;
}

/** Tags lie one to a line (`tagsText`); both databases know `replace`, and neither folds case there as `like` would. */
function hasTag(tag: string): Sql {
  return sql`and replace(tags, ${`\n ${JSON.stringify(tag)}`}, '') <> tags`;
}

/** Only those of the instants in question are looked at: the index of final runs is in the order of their end. */
export function* listFailures(
  { environmentId, task, from, until, limit }: Parameters<StoreReads["listFailures"]>[0],
  { seal }: VerbContext,
): Statements<{ count: number; runs: readonly Run[] }> {
  const are = sql`
    environment_id = ${environmentId} and finished_at >= ${from} and finished_at < ${until}
    and ${literal(hasStatus(...FINAL_STATUSES))} and status = 'failed' and task = ${task}`;
  const [counted] = yield sql`select count(*) as failed from runs where ${are}`;
  const found = yield sql`select * from runs where ${are} order by finished_at desc, id desc limit 0 + ${limit}`;
  return { count: counted?.["failed"] as number, runs: found.map((row) => toRun(row, seal)) };
}

/** Final runs, which are the most, in one pass over the index that holds no others; the rest each by its own. */
export function* countRuns({
  environmentId,
}: Parameters<StoreReads["countRuns"]>[0]): Statements<Record<RunStatus, number>> {
  const open = OPEN_STATUSES.map(
    (status) => sql`
    select ${status} as status, count(*) as runs from runs
    where environment_id = ${environmentId} and ${literal(hasStatus(status))}`,
  );
  const counted = yield sql`
    select status, count(*) as runs from runs
    where environment_id = ${environmentId} and ${literal(hasStatus(...FINAL_STATUSES))} group by status
    union all ${joined(open, " union all ")}`;
  const counts = new Map(counted.map(({ status, runs }) => [status, runs as number]));
  return Object.fromEntries(RUN_STATUSES.map((status) => [status, counts.get(status) ?? 0])) as Record<
    RunStatus,
    number
  >;
}

export function* listOpenVersions({
  environmentId,
}: Parameters<StoreReads["listOpenVersions"]>[0]): Statements<readonly string[]> {
  const found = yield sql`
    select distinct task_version from runs
    where environment_id = ${environmentId} and task_version is not null and ${literal(hasStatus(...OPEN_STATUSES))}`;
  return found.map((row) => row["task_version"] as string);
}

export function* listRunEvents(
  params: Parameters<StoreReads["listRunEvents"]>[0],
  { seal }: VerbContext,
): Statements<readonly RunEvent[]> {
  const found = yield sql`
    select * from run_events
    where environment_id = ${params.environmentId} and run_id = ${params.runId} and seq > ${params.afterSeq}
    order by seq limit 0 + ${params.limit}`;
  return found.map((row) => toRunEvent(row, seal));
}

export function* findLastEvent(
  { environmentId, runId, kinds }: Parameters<StoreReads["findLastEvent"]>[0],
  { seal }: VerbContext,
): Statements<RunEvent | undefined> {
  const [row] = yield sql`
    select * from run_events
    where environment_id = ${environmentId} and run_id = ${runId} and kind in (${kinds})
    order by seq desc limit 1`;
  return row && toRunEvent(row, seal);
}
