import { FINAL_STATUSES, OPEN_STATUSES } from "../../core/run-state.ts";
import { hasStatus, literal } from "../literals.ts";
import { forUpdate, sql } from "../sql.ts";
import type { At, StoreWrites } from "../store.ts";
import type { Statements } from "../verb.ts";
import { lowerBlobs } from "./blob-refs.ts";
import { deleteEmptied } from "./delete-batches.ts";
import { lockRuns } from "./lock-runs.ts";
import { BLOB_PREFIX, BLOB_PREFIX_LENGTH } from "./values.ts";

type Params = Parameters<StoreWrites["deleteRuns"]>[0];

/** Nodes may delete at the same time: what another one has deleted while this waited for its locks is not counted here. */
export function* deleteRuns(params: Params): Statements<ReturnType<StoreWrites["deleteRuns"]>> {
  const { environmentId } = params;
  const ids = yield* findOld(params);
  if (ids.length === 0) return { deleted: 0, runIds: [], unreferencedBlobs: [] };
  yield sql`
    select id from waitpoints
    where environment_id = ${environmentId}
      and id in (select id from waitpoints where environment_id = ${environmentId} and run_id in (${ids}))
    order by id ${forUpdate}`;
  const gone = (yield* lockRuns(environmentId, ids)).map(({ id }) => id);
  const named = yield* findBlobNames(environmentId, gone);
  const batchIds = yield* findBatchIds(environmentId, gone);
  yield sql`
    delete from waitpoint_runs where environment_id = ${environmentId}
      and waitpoint_id in (select id from waitpoints where environment_id = ${environmentId} and run_id in (${gone}))`;
  yield sql`delete from waitpoints where environment_id = ${environmentId} and run_id in (${gone})`;
  yield sql`delete from idempotency_keys where environment_id = ${environmentId} and run_id in (${gone})`;
  yield sql`delete from entries where environment_id = ${environmentId} and run_id in (${gone})`;
  yield sql`delete from run_events where environment_id = ${environmentId} and run_id in (${gone})`;
  yield sql`delete from runs where environment_id = ${environmentId} and id in (${gone})`;
  yield* deleteEmptied(environmentId, batchIds);
  return { deleted: gone.length, runIds: gone.toSorted(), unreferencedBlobs: yield* lowerBlobs(params, named) };
}

/** A run stays while someone open may ask what became of it: its parent, or a run that waits or waited for it. */
function* findOld({ environmentId, before, limit }: Params): Statements<readonly string[]> {
  const old = yield sql`
    select id from runs
    where environment_id = ${environmentId} and ${IS_FINAL} and finished_at < ${before}
      and not exists (
        select 1 from runs as parents
        where parents.environment_id = runs.environment_id and parents.id = runs.parent_run_id and parents.${IS_OPEN})
      and not exists (
        select 1 from waitpoint_runs
        join waitpoints on waitpoints.environment_id = waitpoint_runs.environment_id and waitpoints.id = waitpoint_id
        join runs as owners on owners.environment_id = waitpoints.environment_id and owners.id = waitpoints.run_id
        where waitpoint_runs.environment_id = runs.environment_id and waitpoint_runs.run_id = runs.id and owners.${IS_OPEN})
    order by finished_at, id limit 0 + ${limit}`;
  return old.map(({ id }) => id as string);
}

function* findBatchIds(environmentId: string, ids: readonly string[]): Statements<readonly string[]> {
  const found = yield sql`
    select distinct batch_id from runs
    where environment_id = ${environmentId} and id in (${ids}) and batch_id is not null`;
  return found.map((row) => row["batch_id"] as string).sort();
}

/** Values of these runs that lie elsewhere: payloads, outputs and results are the ones that may be long. */
function* findBlobNames(environmentId: At["environmentId"], ids: readonly string[]): Statements<readonly Uint8Array[]> {
  const named = yield sql`
    select payload as name from runs
    where environment_id = ${environmentId} and id in (${ids}) and substr(payload, 1, ${PREFIX_LENGTH}) = ${BLOB_PREFIX}
    union all
    select output from runs
    where environment_id = ${environmentId} and id in (${ids}) and substr(output, 1, ${PREFIX_LENGTH}) = ${BLOB_PREFIX}
    union all
    select result from entries
    where environment_id = ${environmentId} and run_id in (${ids}) and substr(result, 1, ${PREFIX_LENGTH}) = ${BLOB_PREFIX}`;
  return named.map(({ name }) => name as Uint8Array);
}

const IS_FINAL = literal(hasStatus(...FINAL_STATUSES));
const IS_OPEN = literal(hasStatus(...OPEN_STATUSES));
const PREFIX_LENGTH = literal(String(BLOB_PREFIX_LENGTH));
