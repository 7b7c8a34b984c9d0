import { perdureError } from "../core/errors.ts";
import { isFinal } from "../core/run-state.ts";
import { at, type EngineDeps } from "./deps.ts";
import { getRun } from "./retrieve-run.ts";
import { wasDone } from "./was-done.ts";

export interface RestartRun {
  readonly runId: string;
  /** The same for every sending of one call: a repeat finds what the first did, whatever has become of the run since. */
  readonly requestKey?: string;
}

/**
 * Begins the attempt of a held run anew, with its kept steps.
 *
 * @throws {PerdureError} `RUN_NOT_FOUND`, `RUN_FINAL`, `RUN_NOT_HELD`.
 */
export async function restartRun(deps: EngineDeps, { runId, requestKey }: RestartRun): Promise<void> {
  const { status, epoch } = await getRun(deps, runId);
  if (await wasDone(deps, runId, "run.restarted", requestKey)) return;
  // The verb would also restart an executing run, for its worker; asked from outside, that would tear a healthy one.
  if (status === "waiting") {
    const details = requestKey === undefined ? {} : { details: JSON.stringify({ requestKey }) };
    const answer = await deps.store.restartRun({ ...at(deps), runId, epoch, ...details });
    if (!("refused" in answer)) return deps.hints.ready();
  }
  throw perdureError(isFinal(status) ? "RUN_FINAL" : "RUN_NOT_HELD", { runId, status });
}
