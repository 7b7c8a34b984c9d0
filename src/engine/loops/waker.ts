import { at, type EngineDeps } from "../deps.ts";
import { napUntil } from "./nap.ts";

const BATCH = 200;

/** Completes time waitpoints that are due and wakes the runs that wait for them. */
export async function wakeDue(deps: EngineDeps): Promise<number | undefined> {
  const { woken } = await deps.store.completeDueWaitpoints({ ...at(deps), limit: BATCH });
  deps.hints.woken(woken);
  const { waitpointAt } = await deps.store.nextDue({ environmentId: deps.environmentId, now: deps.store.now() });
  return napUntil(deps, waitpointAt);
}
