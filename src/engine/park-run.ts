import type { LeaseKey } from "../core/run.ts";
import type { Append } from "../store/store.ts";
import { checkJournal } from "./check-journal.ts";
import { at, type EngineDeps } from "./deps.ts";
import { tellWaits } from "./tell-waits.ts";

export interface ParkRun extends LeaseKey {
  readonly append: Append;
  readonly waitingOn: readonly string[];
}

/** Gives the slot back while every branch of the run waits. `ready` when something it waits for has come meanwhile. */
export async function parkRun(
  deps: EngineDeps,
  { runId, epoch, append, waitingOn }: ParkRun,
): Promise<{ readonly state: "parked" | "ready" | "lost" }> {
  const extent = await deps.store.parkRun({ ...at(deps), runId, epoch, append, waitingOn });
  if ("refused" in extent) return { state: extent.refused === "already-ready" ? "ready" : "lost" };
  tellWaits(deps, append);
  deps.hints.freed(runId);
  return { state: (await checkJournal(deps, { runId, epoch }, extent)) === "ended" ? "lost" : "parked" };
}

/** The code of a parked run called back although nothing it waits for has come: it wants to go on. */
export async function unparkRun(
  deps: EngineDeps,
  { runId, epoch, workerId }: LeaseKey & { readonly workerId: string },
): Promise<void> {
  const answer = await deps.store.wakeRun({ ...at(deps), runId, epoch });
  if (!("refused" in answer)) deps.hints.called(workerId);
}
