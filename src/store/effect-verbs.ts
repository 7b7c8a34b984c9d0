import type { Entry, JournalSummary, UnansweredEffect } from "../core/entry.ts";

interface OneJournal {
  readonly environmentId: string;
  readonly runId: string;
  readonly journal: number;
}

/** What a continuation by replay, or whoever looks at it, reads beside the entries in their order. */
export interface EffectReads {
  /** The journals of a run that hold entries, in order. */
  listJournals(params: Omit<OneJournal, "journal">): readonly JournalSummary[];
  /** The entries whose place is not their seq, by seq. */
  listPlacedEntries(params: OneJournal): readonly Entry[];
  /** Keys with `sent` entries and neither a `request` nor a `head`, and those with a `head` and no `end`; in the order in which they began. */
  listUnanswered(params: OneJournal): readonly UnansweredEffect[];
}
