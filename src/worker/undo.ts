import { readableKey } from "../core/divergence.ts";
import type { Entry } from "../core/entry.ts";
import { type Failure, failureOf } from "../core/failure.ts";
import { retryDelayMs } from "../core/retry.ts";
import type { LeasedRun } from "../core/run.ts";
import type { AnyTask } from "../sdk/index.ts";
import { inScope } from "./context.ts";
import type { WorkerDeps } from "./deps.ts";
import { Execution } from "./execution.ts";
import { listFailedUndos } from "./recorded.ts";
import { recoverUndos } from "./recovery.ts";
import { createStepScope } from "./scope.ts";
import type { Undo } from "./steps.ts";

/**
 * Takes back what a run's steps did, latest first. Each undo is recorded like a step, so a crash in between goes on with the
 * next one.
 *
 * @param execution - Carries the lease and the way to the disk; its code is not run.
 * @param alive - The undos of an execution that is still in memory; the others are heard again by running the code of their
 *   journal without live effects.
 * @returns What could not be undone, for people.
 */
export async function undoSteps(
  execution: Execution,
  task: AnyTask,
  alive: ReadonlyMap<string, Undo>,
): Promise<readonly string[]> {
  const { run, deps, recorder, journal, metadata } = execution;
  metadata.resume();
  journal.goLive();
  const owed = await deps.calls.readOwedUndos({ runId: run.id });
  const undos = await allUndos(run, task, deps, owed, alive);
  const missing: string[] = [];
  for await (const earlier of listFailedUndos(run, deps.calls)) missing.push(describeFailed(earlier));
  for (const intent of owed) {
    const undo = undos.get(`${intent.journal}:${intent.key}`);
    const failure = undo === undefined ? undefined : await attempted(execution, intent, undo);
    const outcome = undo === undefined || failure !== undefined ? "failed" : "completed";
    if (outcome === "failed") missing.push(named(intent, failure));
    recorder.add({
      kind: "undo",
      key: `undo:${intent.seq}`,
      outcome,
      ...(failure === undefined ? {} : { result: JSON.stringify(failure) }),
    });
    await recorder.flush();
  }
  return missing;
}

/** What an earlier lease could not undo is told at the end, whoever comes to it. */
function describeFailed({ undo, intent }: { undo: Entry; intent: Entry }): string {
  return named(intent, undo.result === undefined ? undefined : (JSON.parse(undo.result) as Failure));
}

function named({ key }: Entry, failure: Failure | undefined): string {
  return `${readableKey(key)} (${failure === undefined ? "its code is gone" : failure.message})`;
}

async function allUndos(
  run: LeasedRun,
  task: AnyTask,
  deps: WorkerDeps,
  owed: readonly Entry[],
  alive: ReadonlyMap<string, Undo>,
) {
  const undos = new Map(alive);
  const isMissing = ({ journal, key }: Entry) => !undos.has(`${journal}:${key}`);
  // The latest attempt first, as if it were alive: of a step that it kept, it tells the undo in the words of today.
  for (const journal of new Set([run.journal, ...owed.map((intent) => intent.journal)])) {
    const isWanted = (intent: Entry) => isMissing(intent) && (journal === run.journal || journal === intent.journal);
    if (!owed.some(isWanted)) continue;
    const recovered = await recoverUndos(new Execution(inAttemptOf(run, journal), deps), task);
    for (const [name, undo] of recovered) if (!undos.has(name)) undos.set(name, undo);
  }
  return undos;
}

/**
 * Restarts begin a journal without an attempt, and attempts that resume go on in the journal of the one before; which ones did is
 * not known, and mostly none.
 */
function inAttemptOf(run: LeasedRun, journal: number): LeasedRun {
  return { ...run, journal, attempt: journal === run.journal ? run.attempt : Math.min(journal, run.attempt) };
}

/** An undo is tried as often as the task's attempts, with the same delays. */
async function attempted(execution: Execution, intent: Entry, undo: Undo): Promise<Failure | undefined> {
  const { run, deps, timers } = execution;
  const scope = createStepScope(execution, `undo of ${readableKey(intent.key)}`, `undo:${intent.seq}`, []);
  for (let attempt = 1; ; attempt++) {
    await execution.trustedLease();
    if (execution.isClosed) return new Promise(() => undefined);
    execution.isUndoing = true;
    try {
      await inScope(scope, undo);
      return undefined;
    } catch (thrown) {
      if (attempt >= run.retry.maxAttempts) return failureOf(thrown);
    } finally {
      execution.isUndoing = false;
    }
    await new Promise<void>((resolve) => timers.set(retryDelayMs(run.retry, attempt, deps.env.random()), resolve));
  }
}
