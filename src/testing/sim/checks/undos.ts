import type { Run } from "../../../core/run.ts";
import { isFinal } from "../../../core/run-state.ts";
import { cutOff } from "../answers.ts";
import type { Evidence, Story, Violation } from "../evidence.ts";
import type { CommittedEntry } from "../history.ts";
import { operationsOf } from "../operations.ts";
import { stepKeyOf } from "../program.ts";

/**
 * A run that ends badly has taken back every step that it owed that, latest first, or says which it could not; one that
 * completes has taken back none.
 */
export function* checkUndos({ runs, stories }: Evidence): Iterable<Violation> {
  for (const run of runs.values()) {
    const story = stories.get(run.id);
    if (story === undefined || !isFinal(run.status)) continue;
    const entries = story.entries.map(({ entry }) => entry);
    const undone = entries.filter(({ kind }) => kind === "undo");
    if (run.status === "completed") {
      if (undone.length > 0 || story.deeds.some(({ kind }) => kind === "undo"))
        yield broken(run.id, "it is completed, and steps of it were undone");
    } else {
      yield* checkOrder(run, entries, undone);
      yield* checkEach(run, story, entries);
    }
  }
}

/** Each once, latest first. One that took down its workers again and again is given up, with the rest of them named. */
function* checkOrder(
  run: Run,
  entries: readonly CommittedEntry[],
  undone: readonly CommittedEntry[],
): Iterable<Violation> {
  const owed = entries.filter(({ kind }) => kind === "intent").reverse();
  const done = undone.map(({ key }) => key);
  const due = owed.slice(0, done.length).map(({ seq }) => `undo:${seq}`);
  if (done.join() !== due.join()) yield broken(run.id, `it owed ${due.join(", ")} and did ${done.join(", ")}`);
  const message = messageOf(run);
  for (const { key, seq } of owed.slice(done.length))
    if (!message.includes(key)) yield broken(run.id, `it owed undo:${seq} of ${key}: ${message}`);
}

function messageOf({ failure }: Run): string {
  return failure?.code === "UNDO_INCOMPLETE" ? failure.message : "";
}

/** What an entry calls undone was done by somebody; what could not be undone is named. */
function* checkEach(run: Run, story: Story, entries: readonly CommittedEntry[]): Iterable<Violation> {
  const operations = operationsOf(run).flatMap((operation) => (operation.op === "step" ? [operation] : []));
  const outcomes = new Map(entries.filter(({ kind }) => kind === "undo").map(({ key, outcome }) => [key, outcome]));
  const message = messageOf(run);
  for (const intent of entries.filter(({ kind }) => kind === "intent")) {
    const step = operations.find(({ at, key }) => stepKeyOf(at, key) === intent.key);
    const outcome = outcomes.get(`undo:${intent.seq}`);
    if (step === undefined || outcome === undefined) continue;
    if (outcome === "completed" && !story.deeds.some(({ kind, place }) => kind === "undo" && place === step.at))
      yield broken(run.id, `nobody undid ${step.at}`);
    // What code does at the beginning of an answer that broke off with its process is not come to without asking for it again.
    const isLost = outcome === "failed" && cutOff(story).length > 0;
    if (!isLost && (outcome === "failed") !== (step.undo === "fails"))
      yield broken(run.id, `the undo of ${step.at}, which ${step.undo}, is recorded as ${outcome}: ${message}`);
    if (outcome === "failed" && !message.includes(`"${step.at}"`))
      yield broken(run.id, `the undo of ${step.at} failed, and its failure does not say so: ${message}`);
  }
}

function broken(runId: string, problem: string): Violation {
  return { promise: "undone or named", runId, problem };
}
