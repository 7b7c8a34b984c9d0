import { FINAL_STATUSES } from "../../core/run-state.ts";
import { hasStatus, literal } from "../literals.ts";
import { sql } from "../sql.ts";
import type { StoreWrites } from "../store.ts";
import type { Statements } from "../verb.ts";
import { dropEntries, IS_AUTOMATIC } from "./drop-entries.ts";
import { lockRuns } from "./lock-runs.ts";

type Params = Parameters<StoreWrites["deleteRecords"]>[0];
type Result = ReturnType<StoreWrites["deleteRecords"]>;

/** Runs that one call looks at. */
const MOST_RUNS = 100;

/** Nodes may do so at the same time: what another one has deleted while this waited for its locks is not counted here. */
export function* deleteRecords(params: Params): Statements<Result> {
  const { environmentId, before, limit } = params;
  const old = yield sql`
    select id from runs
    where environment_id = ${environmentId} and automatic = 1 and ${IS_FINAL} and finished_at < ${before}
    order by finished_at, id limit 0 + ${MOST_RUNS}`;
  const ids = (yield* lockRuns(
    environmentId,
    old.map(({ id }) => id as string),
  )).map(({ id }) => id);
  const found = yield* countEntries(params, ids);
  const deleted = found.reduce((sum, { count }) => sum + count, 0);
  const cut = deleted === limit ? found.at(-1) : undefined;
  // Beyond the limit nobody has looked: what was found before the last run is whole.
  const whole = cut === undefined ? ids : found.slice(0, -1).map(({ runId }) => runId);
  const unreferenced: string[] = [];
  if (whole.length > 0) {
    unreferenced.push(...(yield* dropEntries(params, sql`run_id in (${whole}) and ${IS_AUTOMATIC}`)));
    yield sql`update runs set automatic = 0 where environment_id = ${environmentId} and id in (${whole})`;
  }
  if (cut !== undefined) {
    const some = sql`run_id = ${cut.runId} and seq <= ${cut.lastSeq} and ${IS_AUTOMATIC}`;
    unreferenced.push(...(yield* dropEntries(params, some)));
  }
  const isDone = cut === undefined && old.length < MOST_RUNS;
  const oldestAt = isDone ? yield* findOldest(environmentId) : undefined;
  return { deleted, isDone, ...(oldestAt === undefined ? {} : { oldestAt }), unreferencedBlobs: unreferenced };
}

interface Found {
  readonly runId: string;
  readonly count: number;
  readonly lastSeq: number;
}

/** The first `limit` of them, by run. */
function* countEntries({ environmentId, limit }: Params, ids: readonly string[]): Statements<readonly Found[]> {
  if (ids.length === 0) return [];
  const counted = yield sql`
    select run_id, count(*) as count, max(seq) as last_seq from (
      select run_id, seq from entries
      where environment_id = ${environmentId} and run_id in (${ids}) and ${IS_AUTOMATIC}
      order by run_id, seq limit 0 + ${limit}) as found
    group by run_id order by run_id`;
  return counted.map((row) => ({
    runId: row["run_id"] as string,
    count: row["count"] as number,
    lastSeq: row["last_seq"] as number,
  }));
}

function* findOldest(environmentId: string): Statements<number | undefined> {
  const [row] = yield sql`
    select finished_at from runs where environment_id = ${environmentId} and automatic = 1 and ${IS_FINAL}
    order by finished_at, id limit 1`;
  return row?.["finished_at"] as number | undefined;
}

const IS_FINAL = literal(hasStatus(...FINAL_STATUSES));
