import { defined } from "../core/defined.ts";
import type { Entry, JournalSummary } from "../core/entry.ts";
import { placeOf } from "../core/entry-place.ts";
import { type EntryView, sourceOf, viewEntry } from "../core/entry-view.ts";
import { perdureError } from "../core/errors.ts";
import type { EngineDeps } from "./deps.ts";
import { getRun } from "./retrieve-run.ts";

export interface ShowJournal {
  readonly runId: string;
  /** Default: the one that is being written. */
  readonly journal?: number;
  /** Entries after this place. Default: from the first. */
  readonly after?: string;
  readonly limit: number;
  readonly withValues?: boolean;
}

export interface JournalPage {
  readonly journal: number;
  /** In the order in which the code saw them. */
  readonly entries: readonly EntryView[];
  /** Where the next page begins; absent on the last. */
  readonly next?: string;
  /** Those of the run's journals that hold entries. */
  readonly journals: readonly JournalSummary[];
  /** Entries of the run, whatever their journal, that were deleted: what is recorded automatically goes before the run does. */
  readonly deleted: number;
}

/** Entries that are opened at a time, since each may hold a long response. */
const AT_A_TIME = 50;
/** Of the values of a page; the entry that exceeds it is its last. */
const VALUES_CHARACTERS = 4 * 1024 * 1024;

/**
 * A page of one of a run's journals, for people.
 *
 * @throws {PerdureError} `RUN_NOT_FOUND`, `OPTION_INVALID` for a journal that the run does not have.
 */
export async function showJournal(deps: EngineDeps, asked: ShowJournal): Promise<JournalPage> {
  const { store, environmentId, redact } = deps;
  const { runId, limit, withValues = false } = asked;
  const run = await getRun(deps, runId);
  const { journal = run.journal } = asked;
  if (journal > run.journal) throw unknownJournal(runId, run.journal);
  const of = { environmentId, runId, journal };
  const [journals, unanswered] = await Promise.all([store.listJournals(of), store.listUnanswered(of)]);
  const cut = new Set(unanswered.filter(({ kind }) => kind === "head").map(({ key }) => key));
  const lastEpoch =
    journal === run.journal ? run.epoch : (journals.find((one) => one.journal === journal)?.lastEpoch ?? 0);
  const entries: EntryView[] = [];
  let characters = 0;
  let next: string | undefined;
  for await (const entry of entriesAfter(deps, of, asked.after)) {
    if (entries.length === limit || characters > VALUES_CHARACTERS) {
      next = entries.at(-1)?.place;
      break;
    }
    const origin = entry.keptSeq === undefined ? undefined : await store.findEntry({ ...of, seq: entry.keptSeq });
    const source = sourceOf(entry, { lastEpoch, cut });
    const view = viewEntry(entry, { source, redact, withValue: withValues, origin });
    characters += view.value?.length ?? 0;
    entries.push(view);
  }
  // The run was read before: it may have gained some since.
  const present = journals.reduce((sum, one) => sum + one.entries, 0);
  return { journal, entries, journals, deleted: Math.max(0, run.entrySeq - present), ...defined({ next }) };
}

/** In the order of their places, which is that of their numbers but for those that were first recorded during a replay. */
async function* entriesAfter(
  { store }: EngineDeps,
  of: { readonly environmentId: string; readonly runId: string; readonly journal: number },
  after: string | undefined,
): AsyncGenerator<Entry> {
  const placed = (await store.listPlacedEntries(of))
    .filter((entry) => after === undefined || placeOf(entry) > after)
    .toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  let afterSeq = after === undefined ? 0 : Number.parseInt(after, 10);
  for (;;) {
    const page = await store.listEntries({ ...of, afterSeq, limit: AT_A_TIME });
    for (const entry of page) {
      while (placed[0] !== undefined && placeOf(placed[0]) < placeOf(entry)) yield placed.shift() as Entry;
      yield entry;
      afterSeq = entry.seq;
    }
    if (page.length < AT_A_TIME) break;
  }
  yield* placed;
}

function unknownJournal(runId: string, last: number): Error {
  const problem = last === 1 ? `run ${runId} has one journal` : `run ${runId} has the journals 1 to ${last}`;
  return perdureError("OPTION_INVALID", { what: "journal", problem });
}
