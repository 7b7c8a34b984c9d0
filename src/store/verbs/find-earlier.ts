import type { RunStatus } from "../../core/run-state.ts";
import { sql } from "../sql.ts";
import type { Row, Statements, VerbContext } from "../verb.ts";
import { findStatuses, withStatuses } from "./admit-runs.ts";
import type { Parent } from "./create-children.ts";
import type { Created, CreateParams } from "./create-runs.ts";
import { holdsLease, type LockedRun } from "./lock-runs.ts";
import { toWaitpoint } from "./records.ts";
import { indexable, toText } from "./values.ts";

/**
 * The children that the parent has from an earlier sending, or from an earlier process of the same attempt. Once the lease is
 * gone only this very verb's own work counts: its waitpoint's id, or an entry of its epoch.
 */
export function* findEarlier(
  params: CreateParams,
  parent: Parent,
  run: LockedRun,
  context: VerbContext,
): Statements<Created | undefined> {
  const isHolder = holdsLease(run, parent);
  if (parent.waitpoint !== undefined) return yield* findWaitpoint(params, parent.waitpoint, run, isHolder, context);
  if (parent.triggerKey !== undefined) return yield* findTrigger(params, parent, parent.triggerKey, context);
  if (isHolder || params.runs.length === 0) return undefined;
  const statuses = yield* findStatuses(
    params.environmentId,
    params.runs.map(({ id }) => id),
  );
  if (params.runs.some(({ id }) => !statuses.has(id))) return undefined;
  return { created: params.runs.map(({ id }) => ({ id, status: statuses.get(id) as RunStatus, isCached: false })) };
}

function* findWaitpoint(
  { environmentId }: CreateParams,
  { id, entryKey }: NonNullable<Parent["waitpoint"]>,
  run: LockedRun,
  isHolder: boolean,
  { seal }: VerbContext,
): Statements<Created | undefined> {
  const [found] = yield sql`
    select * from waitpoints
    where environment_id = ${environmentId} and run_id = ${run.id}
      and ${isHolder ? sql`journal = ${run.journal} and entry_lookup = ${indexable(entryKey)}` : sql`id = ${id}`}`;
  if (found === undefined) return undefined;
  const children = yield sql`
    select runs.id, status, is_cached from waitpoint_runs
    join runs on runs.environment_id = waitpoint_runs.environment_id and runs.id = waitpoint_runs.run_id
    where waitpoint_runs.environment_id = ${environmentId} and waitpoint_id = ${found["id"] as string}
    order by position`;
  return { created: children.map(toCreated), waitpoint: toWaitpoint(found, seal) };
}

/** Just behind the append, under the same epoch: whoever replays the journal has seen it there and does not ask. */
function* findTrigger(
  { environmentId }: CreateParams,
  parent: Parent,
  key: string,
  { seal }: VerbContext,
): Statements<Created | undefined> {
  const { runId, epoch, append } = parent;
  const [entry] = yield sql`
    select result from entries
    where environment_id = ${environmentId} and run_id = ${runId} and seq = ${append.firstSeq + append.entries.length}
      and kind = 'trigger' and key = ${key} and epoch = ${epoch}`;
  if (entry === undefined) return undefined;
  const children = JSON.parse(toText(entry["result"] as Uint8Array, seal)) as readonly {
    id: string;
    isCached: boolean;
  }[];
  return { created: yield* withStatuses(environmentId, children) };
}

function toCreated(row: Row) {
  return { id: row["id"] as string, status: row["status"] as RunStatus, isCached: row["is_cached"] === 1 };
}
