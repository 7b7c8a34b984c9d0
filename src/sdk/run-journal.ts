import { defined } from "../core/defined.ts";
import type { JournalSummary } from "../core/entry.ts";
import type { EntryView } from "../core/entry-view.ts";
import { LIMITS } from "../core/limits.ts";
import type { Client } from "./host.ts";

export interface JournalOptions {
  /** An earlier journal of the run, from 1; each attempt that begins anew has one. Default: the latest. */
  journal?: number;
  /** Entries after this place: the `next` of the page before. Default: from the first. */
  after?: string;
  /** Entries to a page, 1 to 500; large values make a page shorter. Default: 500. */
  limit?: number;
  /** Show what each entry holds, as text without secrets. Takes a secret key. Default: false. */
  values?: boolean;
}

/** Something that is recorded of a run. */
export interface JournalEntry extends Omit<EntryView, "createdAt"> {
  readonly createdAt: Date;
}

export interface JournalOfRun {
  readonly journal: number;
  readonly data: readonly JournalEntry[];
  /** Those of the run's journals that hold entries. */
  readonly journals: readonly JournalSummary[];
  /** Entries of the run, whatever their journal, that were deleted before it: what was recorded without being asked for. */
  readonly deleted: number;
  readonly pagination: { readonly next?: string };
}

export async function readJournal(
  { calls }: Client,
  runId: string,
  { journal, after, limit = LIMITS.listEntries, values }: JournalOptions = {},
): Promise<JournalOfRun> {
  const asked = defined({ journal, after, withValues: values });
  const { entries, next, ...page } = await calls.journal({ runId, limit, ...asked });
  const data = entries.map(({ createdAt, ...entry }) => ({ ...entry, createdAt: new Date(createdAt) }));
  return { ...page, data, pagination: defined({ next }) };
}
