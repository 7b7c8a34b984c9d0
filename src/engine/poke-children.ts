import { LIMITS } from "../core/limits.ts";
import type { EngineDeps } from "./deps.ts";

/** The end of a canceled run's children was asked for with it: tells the workers of those that are executing. */
export async function pokeChildren({ store, environmentId, hints }: EngineDeps, parentRunId: string): Promise<void> {
  hints.canceling();
  let after: string | undefined;
  for (;;) {
    const page = { environmentId, parentRunId, statuses: ["executing" as const], limit: LIMITS.listRuns };
    const children = await store.listRuns(after === undefined ? page : { ...page, after });
    for (const { id } of children) hints.endAsked(id);
    if (children.length < LIMITS.listRuns) return;
    after = children.at(-1)?.id;
  }
}
