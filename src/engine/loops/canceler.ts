import { endCanceled } from "../cancel-run.ts";
import type { EngineDeps } from "../deps.ts";
import { napUntil } from "./nap.ts";

const BATCH = 100;

/** Ends runs whose end was asked for and that no worker executes; by that the end of their children is asked for in turn. */
export async function cancelAsked(deps: EngineDeps): Promise<number | undefined> {
  const runs = await deps.store.listCancelRequested({ environmentId: deps.environmentId, limit: BATCH });
  await Promise.all(runs.map((run) => endCanceled(deps, run)));
  // Whoever ends a run asks for another round (`pokeChildren`), so a batch with a result is never the last.
  return napUntil(deps, undefined);
}
