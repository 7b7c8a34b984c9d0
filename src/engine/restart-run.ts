import { perdureError } from "../core/errors.ts";
import { isFinal } from "../core/run-state.ts";
import { at, type EngineDeps } from "./deps.ts";
import { getRun } from "./retrieve-run.ts";

/**
 * Begins the attempt of a held run anew, with its kept steps.
 *
 * @throws {PerdureError} `RUN_NOT_FOUND`, `RUN_FINAL`, `RUN_NOT_HELD`.
 */
export async function restartRun(deps: EngineDeps, runId: string): Promise<void> {
  const { status, epoch } = await getRun(deps, runId);
  if (isFinal(status)) throw perdureError("RUN_FINAL", { runId, status });
  // The verb would also restart an executing run, for its worker; asked from outside, that would tear a healthy one.
  if (status !== "waiting") throw perdureError("RUN_NOT_HELD", { runId, status });
  const answer = await deps.store.restartRun({ ...at(deps), runId, epoch });
  if ("refused" in answer) throw perdureError("RUN_NOT_HELD", { runId, status });
  deps.hints.ready();
}
