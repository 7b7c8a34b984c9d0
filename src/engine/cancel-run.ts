import { perdureError } from "../core/errors.ts";
import type { Run } from "../core/run.ts";
import { isFinal } from "../core/run-state.ts";
import { at, type EngineDeps } from "./deps.ts";
import { endRun } from "./end-run.ts";

/**
 * Asks for the end of a run. One that is executing ends when its worker has heard of it; any other ends here. A run that is
 * final, or is taking back its steps already, stays as it is.
 *
 * @throws {PerdureError} `RUN_NOT_FOUND`.
 */
export async function cancelRun(deps: EngineDeps, runId: string): Promise<void> {
  const answer = await deps.store.requestCancel({ ...at(deps), runId });
  if ("refused" in answer) {
    if (answer.refused === "not-found") throw perdureError("RUN_NOT_FOUND", { runId });
    return;
  }
  const { status, phase } = answer.run;
  if (isFinal(status) || phase === "undoing") return;
  if (status === "executing") deps.hints.endAsked(runId);
  else await endCanceled(deps, answer.run);
}

/** Ends a run that no worker executes. When one has taken it meanwhile, that one is told. */
export async function endCanceled(deps: EngineDeps, run: Run): Promise<void> {
  if (run.phase === "undoing") return;
  const ended = await endRun(deps, run, { status: "canceled" });
  if (ended !== "lost") return;
  const now = await deps.store.findRun({ environmentId: deps.environmentId, runId: run.id });
  if (now?.status === "executing") deps.hints.endAsked(run.id);
}
