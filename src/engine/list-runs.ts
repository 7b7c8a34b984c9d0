import { INTERNAL_PREFIX } from "../core/alerts.ts";
import type { Run } from "../core/run.ts";
import type { StoreReads } from "../store/store.ts";
import type { EngineDeps } from "./deps.ts";

export type RunQuery = Omit<Parameters<StoreReads["listRuns"]>[0], "environmentId" | "parentRunId" | "exceptTasks">;
export type FailureSpan = Omit<Parameters<StoreReads["listFailures"]>[0], "environmentId">;

/** A page of runs, newest first, and where the next page begins. Runs of our own tasks are for those who ask for them by task. */
export async function listRuns(
  { store, environmentId }: EngineDeps,
  query: RunQuery,
): Promise<{ readonly runs: readonly Run[]; readonly next?: string }> {
  const others = query.tasks === undefined ? { exceptTasks: INTERNAL_PREFIX } : {};
  const runs = await store.listRuns({ environmentId, ...query, ...others });
  const last = runs.at(-1);
  return last !== undefined && runs.length === query.limit ? { runs, next: last.id } : { runs };
}

/** Runs of a task that failed within a span: how many, and the newest of them. */
export function listFailures({ store, environmentId }: EngineDeps, span: FailureSpan) {
  return store.listFailures({ environmentId, ...span });
}
