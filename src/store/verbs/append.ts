import { isAutomatic, type NewEntry } from "../../core/entry.ts";
import type { Seal } from "../seal.ts";
import { sql } from "../sql.ts";
import type { Append, At } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { raiseBlobs } from "./blob-refs.ts";
import { giveWay } from "./change-metadata.ts";
import { insertEntries, insertWaitpoints } from "./insert-entries.ts";
import type { LockedRun } from "./lock-runs.ts";
import { insertRunEvents, type NewRunEvent } from "./run-events.ts";
import { toBytes, toText, weightOf } from "./values.ts";

/** Whether an append follows what the journal has, was written before, or fits nowhere. */
export type AppendPlan =
  | { readonly kind: "new"; readonly append: Append; readonly undosOwed: number }
  | { readonly kind: "written"; readonly undosOwed: number }
  | { readonly kind: "misfit" };

type Written = { readonly environmentId: string; readonly epoch: number };

/** Says what an append would do, so that a verb can refuse before anything is written. */
export function* planAppend(
  { environmentId, epoch }: Written,
  run: LockedRun,
  append: Append | undefined,
): Statements<AppendPlan> {
  const { undosOwed } = run;
  if (append === undefined) return { kind: "written", undosOwed };
  if (append.firstSeq === run.entrySeq + 1) return { kind: "new", append, undosOwed: undosOwed + owedBy(append) };
  if (yield* isWritten({ environmentId, epoch }, run.id, append)) return { kind: "written", undosOwed };
  return { kind: "misfit" };
}

/** True when these very entries are in the journal. An append without entries has no place there, so nobody can tell. */
export function* isWritten(
  { environmentId, epoch }: Written,
  runId: string,
  { firstSeq, entries }: Append,
): Statements<boolean> {
  if (entries.length === 0) return false;
  const found = yield sql`
    select kind, key from entries
    where environment_id = ${environmentId} and run_id = ${runId} and epoch = ${epoch}
      and seq >= ${firstSeq} and seq < ${firstSeq + entries.length}
    order by seq`;
  return (
    found.length === entries.length &&
    entries.every(({ kind, key }, i) => found[i]?.["kind"] === kind && found[i]?.["key"] === key)
  );
}

/** Writes a new append; the run as it is then. */
export function* writeAppend(at: At, run: LockedRun, plan: AppendPlan, { seal }: VerbContext): Statements<LockedRun> {
  if (plan.kind !== "new" || isEmpty(plan.append)) return run;
  const { append, undosOwed } = plan;
  const { entries, waitpoints, metadata } = append;
  const notes = yield* newNotes(at, run, append, seal);
  if (metadata !== undefined) yield* giveWay(at, run, metadata, seal);
  const grown: LockedRun = {
    ...run,
    entrySeq: run.entrySeq + entries.length,
    journalBytes: run.journalBytes + entries.reduce((sum, entry) => sum + sizeOf(entry), 0),
    undosOwed,
    eventSeq: run.eventSeq + notes.length,
    tags: [...new Set([...run.tags, ...(append.tags ?? [])])],
    isAutomatic: run.isAutomatic || entries.some(({ kind }) => isAutomatic(kind)),
  };
  yield sql`
    update runs set entry_seq = ${grown.entrySeq}, journal_bytes = ${grown.journalBytes}, undos_owed = ${undosOwed},
      event_seq = ${grown.eventSeq}, tags = ${tagsText(grown.tags)}
      ${entries.length > 0 ? sql`, barren_leases = 0` : sql``}
      ${grown.isAutomatic ? sql`, automatic = 1` : sql``}
      ${metadata === undefined ? sql`` : sql`, metadata = ${toBytes(metadata, seal)}`}
    where environment_id = ${at.environmentId} and id = ${run.id}`;
  const written = entries.map((entry, i) => ({
    ...entry,
    seq: append.firstSeq + i,
    result: toBytes(entry.result, seal),
  }));
  yield* insertEntries(at, run, written);
  yield* insertWaitpoints(at, run, waitpoints);
  yield* insertRunEvents(at, notes, seal);
  yield* raiseBlobs(
    at,
    written.map(({ result }) => result),
  );
  return grown;
}

/** One tag to a line: what lies between two newlines is one tag, whatever characters it has (`read-runs.ts` searches so). */
export function tagsText(tags: readonly string[]): string {
  return JSON.stringify(tags, null, 1);
}

function sizeOf({ key, result, clock = "", place = "" }: NewEntry): number {
  return key.length + weightOf(result) + clock.length + place.length;
}

/** An intent owes an undo until an entry says what became of it. */
function owedBy({ entries }: Append): number {
  return entries.reduce((sum, { kind }) => sum + (kind === "intent" ? 1 : kind === "undo" ? -1 : 0), 0);
}

function isEmpty({ entries, waitpoints, metadata, tags = [], notes = [] }: Append): boolean {
  return entries.length + waitpoints.length + tags.length + notes.length === 0 && metadata === undefined;
}

/** Notes that this epoch has not left yet: an append without entries cannot be recognised when it comes again. */
function* newNotes(
  { environmentId }: At,
  run: LockedRun,
  { notes = [] }: Append,
  seal: Seal,
): Statements<readonly NewRunEvent[]> {
  if (notes.length === 0) return [];
  const known = yield sql`
    select kind, details from run_events
    where environment_id = ${environmentId} and run_id = ${run.id} and epoch = ${run.epoch}`;
  const seen = new Set(
    known.map(({ kind, details }) => `${kind} ${details === null ? "" : toText(details as Uint8Array, seal)}`),
  );
  return notes
    .filter(({ kind, details = "" }) => !seen.has(`${kind} ${details}`) && seen.add(`${kind} ${details}`))
    .map((note, i) => ({
      ...note,
      runId: run.id,
      seq: run.eventSeq + 1 + i,
      epoch: run.epoch,
      attempt: run.attempt,
      workerId: run.workerId,
    }));
}
