import { type Continuation, type Entry, isAutomatic, isSilent } from "../core/entry.ts";
import { placeOf } from "../core/entry-place.ts";
import type { Run } from "../core/run.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";
import type { RecordedResult } from "./records.ts";

/**
 * The results of one journal in order, each with the reads of the clock before it, and the intents among them, read page by page
 * so that a long journal never lies in memory as a whole. Answers that were cut when their process ended are left out: they
 * are asked for again from their start.
 */
export async function* listRecorded(
  run: Run,
  calls: WorkerCalls,
  { placed, unanswered }: Continuation,
  onIntent: (key: string) => void,
): AsyncGenerator<RecordedResult> {
  const cut = new Set(unanswered.filter(({ kind }) => kind === "head").map(({ key }) => key));
  let clock: string[] = [];
  for await (const entry of inOrder(listEntries(run, calls), placed)) {
    if (entry.kind === "intent") onIntent(entry.key);
    if (entry.clock !== undefined) clock.push(entry.clock);
    if (isSilent(entry.kind) || (isAutomatic(entry.kind) && cut.has(entry.key))) continue;
    yield { entry, clock };
    clock = [];
  }
  yield { clock };
}

/** Each entry that was first recorded during a replay comes where it was seen. */
async function* inOrder(entries: AsyncIterable<Entry>, placed: readonly Entry[]): AsyncGenerator<Entry> {
  const waiting = placed.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  for await (const entry of entries) {
    while (waiting[0] !== undefined && placeOf(waiting[0]) < placeOf(entry)) yield waiting.shift() as Entry;
    yield entry;
  }
  yield* waiting;
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
