import type { Run, RunEvent } from "../../core/run.ts";
import { FINAL_STATUSES, isFinal, RUN_STATUSES, type RunStatus } from "../../core/run-state.ts";
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
    order by created_at desc, id desc limit ${params.limit}`;
  return found.map((row) => toRun(row, seal));
}

function filters(params: Parameters<StoreReads["listRuns"]>[0]): readonly Sql[] {
  const { environmentId, after, statuses, tasks, queues, tag, batchId, parentRunId, createdFrom, createdTo } = params;
  const given: Sql[] = [];
  if (statuses !== undefined) given.push(sql`and status in (${statuses})`);
  if (tasks !== undefined) given.push(sql`and task in (${tasks})`);
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

/** With the words of the partial index that holds runs of this status. */
function countedAs(status: RunStatus): string {
  return isFinal(status) ? `${hasStatus(...FINAL_STATUSES)} and ${hasStatus(status)}` : hasStatus(status);
}

/** Status by status, each counted on an index that holds no others. */
export function* countRuns({
  environmentId,
}: Parameters<StoreReads["countRuns"]>[0]): Statements<Record<RunStatus, number>> {
  const counts = RUN_STATUSES.map(
    (status) => sql`
    (select count(*) from runs where environment_id = ${environmentId} and ${literal(countedAs(status))}) as ${literal(status)}`,
  );
  const [row] = yield sql`select ${joined(counts)}`;
  return Object.fromEntries(RUN_STATUSES.map((status) => [status, row?.[status]])) as Record<RunStatus, number>;
}

export function* listRunEvents(
  params: Parameters<StoreReads["listRunEvents"]>[0],
  { seal }: VerbContext,
): Statements<readonly RunEvent[]> {
  const found = yield sql`
    select * from run_events
    where environment_id = ${params.environmentId} and run_id = ${params.runId} and seq > ${params.afterSeq}
    order by seq limit ${params.limit}`;
  return found.map((row) => toRunEvent(row, seal));
}
