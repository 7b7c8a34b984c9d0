import type { Entry, JournalSummary, UnansweredEffect, Waitpoint } from "../../core/entry.ts";
import type { Run } from "../../core/run.ts";
import { literal } from "../literals.ts";
import { type Sql, sql } from "../sql.ts";
import type { StoreReads } from "../store.ts";
import type { Row, Statements, VerbContext } from "../verb.ts";
import { toEntry, toRun, toWaitpoint } from "./records.ts";
import { blobNamed } from "./values.ts";

type Params<Name extends keyof StoreReads> = Parameters<StoreReads[Name]>[0];

export function* listEntries(params: Params<"listEntries">, { seal }: VerbContext): Statements<readonly Entry[]> {
  const found = yield sql`
    select * from entries
    where environment_id = ${params.environmentId} and run_id = ${params.runId} and journal = ${params.journal}
      and seq > ${params.afterSeq} and place is null
    order by seq limit 0 + ${params.limit}`;
  return upTo(params.maxCharacters ?? Number.POSITIVE_INFINITY, found).map((row) => toEntry(row, seal));
}

/** Those whose results have no more characters together, and at least the first; what is sealed has some more. */
function upTo(maxCharacters: number, rows: readonly Row[]): readonly Row[] {
  let characters = 0;
  const end = rows.findIndex(({ result }, i) => {
    const bytes = (result ?? null) as Uint8Array | null;
    characters += blobNamed(bytes)?.size ?? bytes?.length ?? 0;
    return i > 0 && characters > maxCharacters;
  });
  return end < 0 ? rows : rows.slice(0, end);
}

/** Epochs rise with the numbers, and lie behind the results, which are long: of most entries they are left alone. */
export function* listJournals({ environmentId, runId }: Params<"listJournals">): Statements<readonly JournalSummary[]> {
  const epochOf = (seq: Sql) =>
    sql`(select epoch from entries where environment_id = ${environmentId} and run_id = ${runId} and seq = ${seq})`;
  const found = yield sql`
    select journal, entries, ${epochOf(literal("first_seq"))} as first_epoch, ${epochOf(literal("last_seq"))} as last_epoch
    from (
      select journal, count(*) as entries, min(seq) as first_seq, max(seq) as last_seq from entries
      where environment_id = ${environmentId} and run_id = ${runId} group by journal) as journals
    order by journal`;
  return found.map((row) => ({
    journal: row["journal"] as number,
    entries: row["entries"] as number,
    firstEpoch: row["first_epoch"] as number,
    lastEpoch: row["last_epoch"] as number,
  }));
}

export function* listPlacedEntries(
  { environmentId, runId, journal }: Params<"listPlacedEntries">,
  { seal }: VerbContext,
): Statements<readonly Entry[]> {
  const placed = yield sql`
    select * from entries
    where environment_id = ${environmentId} and run_id = ${runId} and journal = ${journal} and place is not null
    order by seq`;
  return placed.map((row) => toEntry(row, seal));
}

/**
 * Grouped rather than looked up key by key, since there is no index by key and the journal may have 50,000 entries. Runs that
 * have no automatic ones are not searched.
 */
export function* listUnanswered({
  environmentId,
  runId,
  journal,
}: Params<"listUnanswered">): Statements<readonly UnansweredEffect[]> {
  const unanswered = yield sql`
    select key, case when max(case when kind = 'head' then 1 else 0 end) = 1 then 'head' else 'sent' end as kind
    from runs cross join entries
    where runs.environment_id = ${environmentId} and runs.id = ${runId} and automatic = 1
      and entries.environment_id = ${environmentId} and run_id = ${runId} and entries.journal = ${journal}
      and kind in ('sent', 'request', 'head', 'end')
    group by key having max(case kind when 'end' then 3 when 'head' then 2 when 'request' then 1 else 0 end) in (0, 2)
    order by min(seq)`;
  return unanswered.map(({ key, kind }) => ({ key, kind }) as UnansweredEffect);
}

export function* findEntry(
  { environmentId, runId, seq }: Params<"findEntry">,
  { seal }: VerbContext,
): Statements<Entry | undefined> {
  const [row] = yield sql`
    select * from entries where environment_id = ${environmentId} and run_id = ${runId} and seq = ${seq}`;
  return row && toEntry(row, seal);
}

export function* listStepKeys(
  { environmentId, runId, beforeJournal }: Params<"listStepKeys">,
  { seal }: VerbContext,
): Statements<ReturnType<StoreReads["listStepKeys"]>> {
  const found = yield sql`
    select seq, journal, key, outcome, kept_seq from entries
    where environment_id = ${environmentId} and run_id = ${runId} and journal < ${beforeJournal} and kind = 'step'
    order by journal desc, seq`;
  return found.map((row) => toEntry(row, seal));
}

export function* listOwedUndos(
  { environmentId, runId }: Params<"listOwedUndos">,
  { seal }: VerbContext,
): Statements<readonly Entry[]> {
  const found = yield sql`
    select * from entries
    where environment_id = ${environmentId} and run_id = ${runId} and kind = 'intent'
      and 'undo:' || seq not in (
        select key from entries where environment_id = ${environmentId} and run_id = ${runId} and kind = 'undo')
    order by seq desc`;
  return found.map((row) => toEntry(row, seal));
}

export function* listWaitpoints(
  { environmentId, runId, journal }: Params<"listWaitpoints">,
  { seal }: VerbContext,
): Statements<readonly Waitpoint[]> {
  const found = yield sql`
    select * from waitpoints
    where environment_id = ${environmentId} and run_id = ${runId} and journal = ${journal}
    order by created_at, id`;
  return found.map((row) => toWaitpoint(row, seal));
}

export function* listChildren(
  { environmentId, waitpointId }: Params<"listChildren">,
  { seal }: VerbContext,
): Statements<readonly Pick<Run, "id" | "task" | "status" | "output" | "failure">[]> {
  const found = yield sql`
    select runs.id, task, status, output, failure from waitpoint_runs
    join runs on runs.environment_id = waitpoint_runs.environment_id and runs.id = waitpoint_runs.run_id
    where waitpoint_runs.environment_id = ${environmentId} and waitpoint_id = ${waitpointId}
    order by position`;
  return found.map((row) => toRun(row, seal));
}
