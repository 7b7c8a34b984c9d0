import type { Entry } from "../core/entry.ts";
import type { Run } from "../core/run.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";

/** Entries that are facts about the run and no results that its code waits for. */
const SILENT: ReadonlySet<Entry["kind"]> = new Set(["intent", "undo"]);

/** The results of one journal in order, and the intents among them, read page by page so that a long journal never lies in memory as a whole. */
export async function* listRecorded(
  run: Run,
  calls: WorkerCalls,
  onIntent: (key: string) => void,
): AsyncGenerator<Entry> {
  for await (const entry of listEntries(run, calls)) {
    if (entry.kind === "intent") onIntent(entry.key);
    if (!SILENT.has(entry.kind)) yield entry;
  }
}

/** Undos that failed under earlier leases, each with the step that it was to take back. */
export async function* listFailedUndos(run: Run, calls: WorkerCalls): AsyncGenerator<{ undo: Entry; intent: Entry }> {
  for await (const undo of listEntries(run, calls)) {
    if (undo.kind !== "undo" || undo.outcome !== "failed") continue;
    const intent = await calls.readEntry({ runId: run.id, seq: Number(undo.key.slice("undo:".length)) });
    if (intent !== undefined) yield { undo, intent };
  }
}

async function* listEntries(run: Run, calls: WorkerCalls): AsyncGenerator<Entry> {
  let afterSeq = 0;
  while (run.entrySeq > afterSeq) {
    const page = await calls.readEntries({ runId: run.id, journal: run.journal, afterSeq });
    const last = page.at(-1);
    if (last === undefined) return;
    afterSeq = last.seq;
    yield* page;
  }
}
