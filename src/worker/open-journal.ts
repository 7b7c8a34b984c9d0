import { readableKey } from "../core/divergence.ts";
import type { Continuation, Entry } from "../core/entry.ts";
import type { Difference } from "./ask.ts";
import type { Execution } from "./execution.ts";
import { Journal } from "./journal.ts";
import { listRecorded } from "./recorded.ts";
import { Records } from "./records.ts";

/** The journal of an execution: what is recorded of its run, and whom it asks and tells. */
export function openJournal(
  execution: Execution,
  hooks: {
    readonly mayBegin: () => boolean;
    /** The code is about to see this. */
    readonly onResult: (entry: Entry) => void;
    readonly onDiverged: (diff: string) => void;
  },
): Journal {
  return new Journal({
    env: execution.deps.env,
    recorder: execution.recorder,
    records: new Records(recordsOf(execution)),
    waitpoints: () => execution.waits.listOpen(),
    knownWaits: () => execution.waits.listKnown(),
    isBusy: () => execution.effects?.requests.areIdle === false,
    mayBegin: hooks.mayBegin,
    onStretch: (entry, clock) => {
      if (entry !== undefined) hooks.onResult(entry);
      execution.effects?.enter(entry, clock);
    },
    mayDiffer: (difference) => {
      const diff = noteDifference(execution, difference);
      const isFatal = execution.effectPolicy.mode === "strict";
      if (isFatal) hooks.onDiverged(diff);
      return !isFatal;
    },
    onDiverged: hooks.onDiverged,
    onChange: () => execution.changed(),
  });
}

async function* recordsOf(execution: Execution) {
  const continuation = await readContinuation(execution);
  execution.effects?.requests.resume(new Map(continuation.unanswered.map(({ key, kind }) => [key, kind])));
  const { run, deps, steps } = execution;
  yield* listRecorded(run, deps.calls, continuation, (key) => steps.noteIntent(key));
}

async function readContinuation({ run, deps, effects }: Execution): Promise<Continuation> {
  if (run.epoch === 1 || effects === undefined) return { placed: [], unanswered: [] };
  return deps.calls.readContinuation({ runId: run.id, journal: run.journal });
}

/** Tells it in the run's story. @returns The same for people. */
function noteDifference({ recorder }: Execution, { kind, expected, asked }: Difference): string {
  const [before, now] = [readableKey(expected), asked.map(readableKey)];
  recorder.note({ kind, details: JSON.stringify({ expected: before, asked: now }) });
  return [
    "The journal goes on with",
    `  - ${before}`,
    "but the code asked for",
    ...now.map((key) => `  + ${key}`),
  ].join("\n");
}
