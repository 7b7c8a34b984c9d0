import { perdureError } from "../core/errors.ts";
import type { Run, RunEvent } from "../core/run.ts";
import type { EngineDeps } from "./deps.ts";

/** @throws {PerdureError} `RUN_NOT_FOUND`. */
export async function getRun({ store, environmentId }: EngineDeps, runId: string): Promise<Run> {
  const run = await store.findRun({ environmentId, runId });
  if (run === undefined) throw perdureError("RUN_NOT_FOUND", { runId });
  return run;
}

/**
 * A page of a run's story.
 *
 * @throws {PerdureError} `RUN_NOT_FOUND`.
 */
export async function listRunEvents(
  deps: EngineDeps,
  page: { readonly runId: string; readonly afterSeq: number; readonly limit: number },
): Promise<readonly RunEvent[]> {
  const events = await deps.store.listRunEvents({ environmentId: deps.environmentId, ...page });
  if (events.length === 0) await getRun(deps, page.runId);
  return events;
}
