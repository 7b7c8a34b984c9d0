import type { LeaseKey } from "../core/run.ts";
import { at, type EngineDeps } from "./deps.ts";

/** A worker is stopping: its runs go to another without losing an attempt. */
export async function releaseRuns(deps: EngineDeps, leases: readonly LeaseKey[]): Promise<void> {
  if (leases.length === 0) return;
  await deps.store.releaseRuns({ ...at(deps), leases });
  for (const { runId } of leases) deps.hints.freed(runId);
}
