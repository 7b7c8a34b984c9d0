import type { LeaseKey, Run } from "../core/run.ts";
import type { EngineDeps } from "./deps.ts";

/** The run, as long as it is executing under exactly this lease. The store's verbs check it again when they write. */
export async function findLeased(deps: EngineDeps, lease: LeaseKey): Promise<Run | undefined> {
  const run = await deps.store.findRun({ environmentId: deps.environmentId, runId: lease.runId });
  return run?.status === "executing" && run.epoch === lease.epoch ? run : undefined;
}
