import { failureOfCode } from "../core/failure.ts";
import type { Run } from "../core/run.ts";
import type { AttemptOutcome } from "../protocol/worker-calls.ts";
import type { AnyTask } from "../sdk/index.ts";
import type { WorkerDeps } from "./deps.ts";
import type { Execution } from "./execution.ts";
import type { Halt } from "./run-code.ts";
import { undoSteps } from "./undo.ts";
import type { WarmRuns } from "./warm-runs.ts";

/**
 * Continues a leased run until it gives its slot back: parked, ended, or somebody else's.
 *
 * @param execution - The run's code, alive from before its last wait or about to start from the top.
 */
export async function continueRun(execution: Execution, deps: WorkerDeps, warm: WarmRuns): Promise<void> {
  const { run } = execution;
  const task = deps.registry.find(run.task);
  if (task === undefined) return finish(execution, unknownTask(run), warm);
  if (run.phase === "undoing") return undo(execution, task, warm);
  for (;;) {
    const halt = await execution.untilHalt(task);
    if (halt.kind === "lost") return execution.close();
    if (halt.kind !== "blocked") return finish(execution, outcomeOf(halt, run), warm);
    const state = await unlessLost(execution, execution.parking.begin(halt.waitingOn));
    if (state === "ready") continue;
    if (state === "parked") return warm.keep(execution);
    return execution.close();
  }
}

async function undo(execution: Execution, task: AnyTask, warm: WarmRuns): Promise<void> {
  const alive = warm.takeUndos(execution.run.id);
  const missing = await unlessLost(execution, undoSteps(execution, task, alive));
  if (missing === undefined) return execution.close();
  await finish(execution, { kind: "undone", missing }, warm);
}

async function finish(execution: Execution, outcome: AttemptOutcome, warm: WarmRuns): Promise<void> {
  const answer = await unlessLost(execution, execution.finish(outcome));
  if (answer?.state === "undoing") warm.keepUndos(execution.run.id, execution.steps.undos);
  execution.close();
}

/** What is said under a lost lease is never answered. */
function unlessLost<Answer>(execution: Execution, answer: Promise<Answer>): Promise<Answer | undefined> {
  return Promise.race([answer, execution.lost.then(() => undefined)]);
}

function outcomeOf(halt: Exclude<Halt, { kind: "blocked" | "lost" }>, { onDivergence }: Run): AttemptOutcome {
  return halt.kind === "diverged" ? { ...halt, onDivergence } : halt;
}

function unknownTask({ task }: Run): AttemptOutcome {
  return { kind: "threw", failure: failureOfCode("bad_input", "TASK_UNKNOWN", { task }) };
}
