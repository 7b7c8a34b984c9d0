import { at, type EngineDeps } from "./deps.ts";
import { type LeaseRuns, ofVersion } from "./lease-runs.ts";

/** Whoever asks wants to know whether there are any, and roughly how many. */
const COUNTED = 1_000;

/** How many runs shared worker processes of this code could begin at once, up to a thousand. */
export function countReady(
  deps: EngineDeps,
  { tasks, version }: Pick<LeaseRuns, "tasks" | "version">,
): Promise<number> {
  return deps.store.countReady({ ...at(deps), tasks, ...ofVersion(deps, version), limit: COUNTED });
}
