/** Entries that go before their run does: the only ones that are ever taken out of a journal. */
import { AUTOMATIC_KINDS } from "../../core/entry.ts";
import { literal, quoted } from "../literals.ts";
import { type Sql, sql } from "../sql.ts";
import type { At } from "../store.ts";
import type { Statements } from "../verb.ts";
import { lowerBlobs } from "./blob-refs.ts";
import type { LockedRun } from "./lock-runs.ts";
import { BLOB_PREFIX, BLOB_PREFIX_LENGTH, indexable } from "./values.ts";

/** Of `entries`. */
export const IS_AUTOMATIC: Sql = literal(`kind in (${quoted(AUTOMATIC_KINDS)})`);
const PREFIX_LENGTH = literal(String(BLOB_PREFIX_LENGTH));

/** True when nobody will read the automatic entries of this run's earlier journals: undos that are owed are recovered by them. */
export function dropsRecords({ isAutomatic, undosOwed }: LockedRun): boolean {
  return isAutomatic && undosOwed === 0;
}

/** The blobs that nothing names any more. */
export function* dropRecords(at: At, run: LockedRun): Statements<readonly string[]> {
  return yield* dropEntries(at, sql`run_id = ${run.id} and ${IS_AUTOMATIC}`);
}

/**
 * What the current journal says of one effect. An intent stays, and with it the undo that is owed; a completed waitpoint would
 * answer the effect as before, so it goes too. The blobs that nothing names any more.
 */
export function* dropEffect(at: At, run: LockedRun, key: string): Statements<readonly string[]> {
  const { environmentId } = at;
  const waitpoints = sql`
    environment_id = ${environmentId} and run_id = ${run.id} and journal = ${run.journal}
      and entry_lookup = ${indexable(key)} and status = 'completed'`;
  yield sql`
    delete from waitpoint_runs
    where environment_id = ${environmentId} and waitpoint_id in (select id from waitpoints where ${waitpoints})`;
  yield sql`delete from waitpoints where ${waitpoints}`;
  const ofKey = sql`run_id = ${run.id} and journal = ${run.journal} and key = ${key} and kind not in ('intent', 'undo')`;
  return yield* dropEntries(at, ofKey);
}

/** The blobs that nothing names any more. */
export function* dropEntries(at: At, which: Sql): Statements<readonly string[]> {
  const named = yield sql`
    select result from entries
    where environment_id = ${at.environmentId} and ${which} and substr(result, 1, ${PREFIX_LENGTH}) = ${BLOB_PREFIX}`;
  yield sql`delete from entries where environment_id = ${at.environmentId} and ${which}`;
  return yield* lowerBlobs(
    at,
    named.map(({ result }) => result as Uint8Array),
  );
}
