import type { NewEntry } from "../../core/entry.ts";
import { chunks, joined } from "../literals.ts";
import { sql } from "../sql.ts";
import type { At, NewWaitpoint } from "../store.ts";
import type { Statements } from "../verb.ts";
import type { LockedRun } from "./lock-runs.ts";
import { indexable } from "./values.ts";

type NumberedEntry = Omit<NewEntry, "result"> & { readonly seq: number; readonly result: Uint8Array | null };

/** Into the run's current journal, under its current epoch. */
export function* insertEntries(
  { environmentId, now }: At,
  run: LockedRun,
  entries: readonly NumberedEntry[],
): Statements<void> {
  for (const chunk of chunks(entries)) {
    const tuples = chunk.map(
      ({ seq, kind, key, outcome, place, result, clock, keptSeq, waitpointId }) =>
        sql`(${environmentId}, ${run.id}, ${seq}, ${run.journal}, ${kind}, ${key}, ${outcome}, ${place}, ${result}, ${clock}, ${keptSeq}, ${waitpointId}, ${run.epoch}, ${now})`,
    );
    yield sql`
      insert into entries (environment_id, run_id, seq, journal, kind, key, outcome, place, result, clock, kept_seq, waitpoint_id, epoch, created_at)
      values ${joined(tuples)}`;
  }
}

/** Those whose entry key the journal has already stay as they are: an earlier process of this attempt asked for them. */
export function* insertWaitpoints(
  { environmentId, now }: At,
  run: LockedRun,
  waitpoints: readonly NewWaitpoint[],
): Statements<void> {
  for (const chunk of chunks(waitpoints)) {
    const tuples = chunk.map(
      ({ id, entryKey, kind, dueAt }) =>
        sql`(${environmentId}, ${id}, ${run.id}, ${run.journal}, ${entryKey}, ${indexable(entryKey)}, ${kind}, 'pending', ${dueAt}, 0, ${now})`,
    );
    yield sql`
      insert into waitpoints (environment_id, id, run_id, journal, entry_key, entry_lookup, kind, status, due_at, remaining, created_at)
      values ${joined(tuples)} on conflict do nothing`;
  }
}
