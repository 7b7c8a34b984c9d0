import { failureOfCode } from "../core/failure.ts";
import { barrenLimit, isPoisoned } from "../core/poison.ts";
import type { Run } from "../core/run.ts";
import { at, type EngineDeps } from "./deps.ts";
import { endAttempt, nothingAfter } from "./finish-attempt.ts";

/** The worker of an executing run is gone: another continues it, unless it has taken down one process after the other. */
export async function reapRun(deps: EngineDeps, run: Run): Promise<void> {
  if (isPoisoned(run)) {
    const problem = `${barrenLimit(run)} continuations in a row ended without a new entry in its journal`;
    const failure = failureOfCode("crashed", "CRASHED", { runId: run.id, problem });
    await endAttempt(deps, run, { kind: "threw", failure }, nothingAfter(run));
    return;
  }
  const answer = await deps.store.reapRun({ ...at(deps), runId: run.id, epoch: run.epoch });
  if ("refused" in answer) return;
  deps.hints.freed(run.id);
  if (run.cancelRequestedAt !== undefined) deps.hints.canceling();
}
