import { defined } from "./defined.ts";
import { type Failure, failureOfCode } from "./failure.ts";
import { afterFailure } from "./retry.ts";
import type { Ending, Run } from "./run.ts";

/** How an attempt ended, as its worker reports it. */
export type AttemptOutcome =
  | { kind: "returned"; output?: string }
  /** `resumeBefore`: the entry key of the effect that the attempt failed at, where it failed at one. */
  | { kind: "threw"; failure: Failure; resumeBefore?: string }
  | { kind: "canceled" }
  | { kind: "diverged"; diff: string; onDivergence: Run["onDivergence"] }
  /** Of the phase `undoing`: which steps could not be undone, and why. */
  | { kind: "undone"; missing: readonly string[] };

/** What becomes of the run. */
export type AttemptDecision =
  | { readonly kind: "complete"; readonly output?: string }
  /** With `resumeBefore` the next attempt goes on from what this one recorded, but for that effect. */
  | { readonly kind: "retry"; readonly failure: Failure; readonly dueAt: number; readonly resumeBefore?: string }
  | { readonly kind: "end"; readonly ending: Ending }
  | { readonly kind: "restart"; readonly diff: string }
  | { readonly kind: "hold"; readonly diff: string };

export interface Moment {
  readonly now: number;
  /** A number in [0, 1). */
  readonly chance: number;
  /** Of a run in phase `undoing`: the steps whose undo is still owed. */
  readonly owed: readonly string[];
}

const CANCELED: AttemptDecision = { kind: "end", ending: { status: "canceled" } };

/** Code that asks something else each time would be restarted for ever; after so many times a person decides. */
const MAX_RESTARTS = 10;

/** Names of steps that the sentence of a failure lists before it only counts. */
const NAMED_UNDOS = 20;

/**
 * What follows an attempt that ended this way. A result that arrives after someone asked for the end still counts, since
 * the work is done; anything else of such a run ends as canceled, for nobody wants another attempt, and what it threw is most
 * likely the abort itself.
 */
export function afterAttempt(run: Run, outcome: AttemptOutcome, moment: Moment): AttemptDecision {
  if (run.phase === "undoing") return afterUndoing(run, outcome.kind === "undone" ? outcome.missing : moment.owed);
  if (run.cancelRequestedAt !== undefined && outcome.kind !== "returned") return CANCELED;
  switch (outcome.kind) {
    case "returned":
      return { kind: "complete", ...defined({ output: outcome.output }) };
    case "threw":
      return afterThrow(run, outcome, moment);
    case "canceled":
      return CANCELED;
    case "diverged":
      return afterDivergence(run, outcome);
    case "undone":
      return failed(
        failureOfCode("error", "INTERNAL", { problem: `Run ${run.id} reported undos before it had ended` }),
      );
  }
}

function afterThrow(
  { retry, attempt }: Run,
  { failure, resumeBefore }: Extract<AttemptOutcome, { kind: "threw" }>,
  { now, chance }: Moment,
): AttemptDecision {
  const next = afterFailure(retry, attempt, failure, now, chance);
  if (next.kind === "give-up") return failed(failure);
  return { kind: "retry", failure, dueAt: next.dueAt, ...(retry.resume ? defined({ resumeBefore }) : {}) };
}

function afterDivergence(
  run: Run,
  { diff, onDivergence }: Extract<AttemptOutcome, { kind: "diverged" }>,
): AttemptDecision {
  switch (onDivergence) {
    case "restart":
      return restartsOf(run) < MAX_RESTARTS ? { kind: "restart", diff } : { kind: "hold", diff };
    case "hold":
      return { kind: "hold", diff };
    case "fail":
      return failed(failureOfCode("diverged", "JOURNAL_DIVERGED", { runId: run.id, diff }));
  }
}

/** A new attempt opens a journal, and so does a restart. One that resumes opens none, which leaves room for one restart more. */
function restartsOf({ journal, attempt }: Run): number {
  return journal - attempt;
}

/** The ending that was decided before the undos, unless some of them could not be done: then that is said too. */
function afterUndoing(run: Run, missing: readonly string[]): AttemptDecision {
  const ending = run.ending ?? { status: "failed", failure: unknownEnding(run) };
  if (missing.length === 0) return { kind: "end", ending };
  const incomplete = failureOfCode("error", "UNDO_INCOMPLETE", { runId: run.id, steps: listed(missing) });
  const failure = ending.failure === undefined ? incomplete : { ...incomplete, cause: ending.failure };
  return { kind: "end", ending: { status: ending.status, failure } };
}

function unknownEnding(run: Run): Failure {
  return (
    run.failure ??
    failureOfCode("error", "INTERNAL", { problem: `Run ${run.id} was taking back its steps without an ending` })
  );
}

function listed(missing: readonly string[]): string {
  const rest = missing.length - NAMED_UNDOS;
  const named = missing.slice(0, NAMED_UNDOS).join(", ");
  return rest > 0 ? `${named} and ${rest} more` : named;
}

function failed(failure: Failure): AttemptDecision {
  return { kind: "end", ending: { status: "failed", failure } };
}
