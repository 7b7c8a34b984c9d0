import type { Run } from "../core/run.ts";
import type { StoreReads } from "../store/store.ts";
import type { EngineDeps } from "./deps.ts";

export type RunQuery = Omit<Parameters<StoreReads["listRuns"]>[0], "environmentId" | "parentRunId">;

/** A page of runs, newest first, and where the next page begins. */
export async function listRuns(
  { store, environmentId }: EngineDeps,
  query: RunQuery,
): Promise<{ readonly runs: readonly Run[]; readonly next?: string }> {
  const runs = await store.listRuns({ environmentId, ...query });
  const last = runs.at(-1);
  return last !== undefined && runs.length === query.limit ? { runs, next: last.id } : { runs };
}
