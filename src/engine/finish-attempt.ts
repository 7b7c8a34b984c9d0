import { type AttemptDecision, type AttemptOutcome, afterAttempt, type Moment } from "../core/attempt-outcome.ts";
import { defined } from "../core/defined.ts";
import type { Failure } from "../core/failure.ts";
import { createId } from "../core/ids.ts";
import type { LeaseKey, Run } from "../core/run.ts";
import type { Append } from "../store/store.ts";
import { alertRuns, tellFollowUps } from "./alert-runs.ts";
import { at, type EngineDeps } from "./deps.ts";
import { endRun } from "./end-run.ts";
import type { RunNews } from "./run-news.ts";
import { tellWaits } from "./tell-waits.ts";
import { listUndosMissing } from "./undos-missing.ts";

export interface FinishAttempt extends LeaseKey {
  readonly append: Append;
  readonly outcome: AttemptOutcome;
}

export type Finished = "completed" | "retrying" | "failed" | "canceled" | "undoing" | "held" | "restarted" | "lost";

/** An attempt has ended: decides what becomes of its run, and does it. */
export async function finishAttempt(
  deps: EngineDeps,
  { runId, epoch, append, outcome }: FinishAttempt,
): Promise<{ readonly state: Finished }> {
  // A result is reported in phase `running` only and completes the run, whatever else its row holds: it is not read before.
  if (outcome.kind === "returned") {
    const state = await complete(deps, { ...at(deps), runId, epoch, append, ...defined({ output: outcome.output }) });
    if (state !== "lost") return { state };
  }
  const run = await deps.store.findRun({ environmentId: deps.environmentId, runId });
  if (run === undefined || run.epoch !== epoch) return { state: "lost" };
  // The answer to a first report was lost. Deciding again would decide about the attempt that follows.
  if (run.status !== "executing") return { state: stateAfter(run) };
  return { state: await endAttempt(deps, run, outcome, append) };
}

/** Ends the attempt of an executing run, for its worker or, where that is gone, in its place. */
export async function endAttempt(
  deps: EngineDeps,
  run: Run,
  outcome: AttemptOutcome,
  append: Append,
): Promise<Finished> {
  return act(deps, run, append, afterAttempt(run, outcome, await momentOf(deps, run)));
}

/** What an append holds that adds nothing. */
export function nothingAfter({ entrySeq }: Run): Append {
  return { firstSeq: entrySeq + 1, entries: [], waitpoints: [] };
}

async function momentOf(deps: EngineDeps, run: Run): Promise<Moment> {
  const owed = run.phase === "undoing" ? await listUndosMissing(deps, run) : [];
  return { now: deps.store.now(), chance: deps.env.random(), owed };
}

async function act(deps: EngineDeps, run: Run, append: Append, decision: AttemptDecision): Promise<Finished> {
  const fenced = { ...at(deps), runId: run.id, epoch: run.epoch };
  switch (decision.kind) {
    case "complete":
      return complete(deps, {
        ...fenced,
        append,
        ...(decision.output === undefined ? {} : { output: decision.output }),
      });
    case "end":
      return endRun(deps, run, decision.ending, append);
    case "retry": {
      const { failure, dueAt, resumeBefore } = decision;
      // What took a process down may do so again: the next attempt shares none.
      const staysAlone = failure.kind === "crashed";
      const more = defined({ memoryMb: memoryAfter(run, failure), resumeBefore });
      const answer = await deps.store.retryRun({ ...fenced, append, failure, dueAt, staysAlone, ...more });
      return queuedAgain(deps, { kind: "retrying", run, failure, dueAt }, dueAt, answer);
    }
    case "restart": {
      const answer = await deps.store.restartRun({ ...fenced, details: JSON.stringify({ diff: decision.diff }) });
      return queuedAgain(deps, { kind: "restarted", run, diff: decision.diff }, fenced.now, answer);
    }
    case "hold":
      return hold(deps, run, fenced, decision.diff);
  }
}

async function hold(
  deps: EngineDeps,
  run: Run,
  fenced: ReturnType<typeof at> & LeaseKey,
  diff: string,
): Promise<Finished> {
  const waitpoint = { id: createId("waitpoint", deps.env), entryKey: "hold", kind: "hold" as const };
  const problem = { name: "JOURNAL_DIVERGED", message: diff };
  const followUps = alertRuns(deps, { on: "held", runId: run.id, task: run.task, problem }, fenced.now);
  const answer = await deps.store.holdRun({ ...fenced, waitpoint, details: JSON.stringify({ diff }), followUps });
  if ("refused" in answer) return "lost";
  deps.hints.freed(run.id);
  deps.news.tell({ kind: "held", run, diff });
  tellFollowUps(deps, followUps);
  return "held";
}

async function complete(
  deps: EngineDeps,
  params: Parameters<EngineDeps["store"]["completeRun"]>[0],
): Promise<Finished> {
  const answer = await deps.store.completeRun(params);
  if ("refused" in answer) return "lost";
  deps.largeJournals.delete(params.runId);
  tellWaits(deps, params.append);
  deps.hints.woken(answer.woken);
  deps.hints.finished(params.runId);
  return "completed";
}

/** What the next attempt may use, where the last one ran out of memory and its policy gives more. */
function memoryAfter({ retry, memoryMb = 0 }: Run, { code }: Failure): number | undefined {
  const { outOfMemoryMb } = retry;
  return code === "OUT_OF_MEMORY" && outOfMemoryMb !== undefined && outOfMemoryMb > memoryMb
    ? outOfMemoryMb
    : undefined;
}

function queuedAgain<Told extends Extract<RunNews, { kind: "retrying" | "restarted" }>>(
  { hints, news }: EngineDeps,
  told: Told,
  dueAt: number,
  answer: object,
): Told["kind"] | "lost" {
  if ("refused" in answer) return "lost";
  hints.freed(told.run.id);
  hints.ready(dueAt);
  news.tell(told);
  return told.kind;
}

function stateAfter({ status, phase }: Run): Finished {
  switch (status) {
    case "completed":
    case "failed":
    case "canceled":
      return status;
    case "queued":
      return phase === "undoing" ? "undoing" : "retrying";
    case "waiting":
      return "held";
    case "executing":
      return "lost";
  }
}
