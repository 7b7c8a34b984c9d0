import { failureOfCode } from "../core/failure.ts";
import { type JournalExtent, journalSize, tooLargeDetails } from "../core/journal-size.ts";
import type { LeaseKey } from "../core/run.ts";
import { at, type EngineDeps } from "./deps.ts";
import { endRun } from "./end-run.ts";

const EVENTS_PAGE = 500;

/** Warns once of a journal that has grown large, and fails the run of one that has grown too large. */
export async function checkJournal(
  deps: EngineDeps,
  lease: LeaseKey,
  extent: JournalExtent,
): Promise<"fine" | "ended"> {
  switch (journalSize(extent)) {
    case "fine":
      return "fine";
    case "large":
      await noteLarge(deps, lease, extent);
      return "fine";
    case "too-large":
      return endTooLarge(deps, lease, extent);
  }
}

/** Undos are let through at any size: a run that takes back what it did must be able to record that. */
async function endTooLarge(deps: EngineDeps, lease: LeaseKey, extent: JournalExtent): Promise<"fine" | "ended"> {
  const run = await deps.store.findRun({ environmentId: deps.environmentId, runId: lease.runId });
  if (run === undefined || run.epoch !== lease.epoch) return "ended";
  if (run.phase === "undoing") return "fine";
  const failure = failureOfCode("error", "JOURNAL_TOO_LARGE", tooLargeDetails(lease.runId, extent));
  await endRun(deps, run, { status: "failed", failure });
  return "ended";
}

async function noteLarge(deps: EngineDeps, lease: LeaseKey, extent: JournalExtent): Promise<void> {
  if (deps.largeJournals.has(lease.runId)) return;
  if (!(await isNoted(deps, lease.runId))) {
    const notes = [{ kind: "journal.large" as const, details: JSON.stringify(extent) }];
    await deps.store.appendEntries({
      ...at(deps),
      ...lease,
      append: { firstSeq: extent.entrySeq + 1, entries: [], waitpoints: [], notes },
    });
  }
  deps.largeJournals.add(lease.runId);
}

/** Another node, or this one before a restart, may have said it. */
async function isNoted({ store, environmentId }: EngineDeps, runId: string): Promise<boolean> {
  let afterSeq = 0;
  for (;;) {
    const events = await store.listRunEvents({ environmentId, runId, afterSeq, limit: EVENTS_PAGE });
    if (events.some(({ kind }) => kind === "journal.large")) return true;
    if (events.length < EVENTS_PAGE) return false;
    afterSeq += events.length;
  }
}
