import { LIMITS } from "./limits.ts";

/** How much a run has recorded. */
export interface JournalExtent {
  readonly entrySeq: number;
  readonly journalBytes: number;
}

/** Whether a journal of this size is warned about, or ends its run. */
export function journalSize({ entrySeq, journalBytes }: JournalExtent): "fine" | "large" | "too-large" {
  const { warnEntries, warnBytes, maxEntries, maxBytes } = LIMITS.journal;
  if (entrySeq > maxEntries || journalBytes > maxBytes) return "too-large";
  return entrySeq >= warnEntries || journalBytes >= warnBytes ? "large" : "fine";
}

/** What the error `JOURNAL_TOO_LARGE` tells. */
export function tooLargeDetails(runId: string, extent: JournalExtent): Record<string, string | number> {
  const { maxEntries, maxBytes } = LIMITS.journal;
  return { runId, entries: extent.entrySeq, bytes: extent.journalBytes, maxEntries, maxBytes };
}
