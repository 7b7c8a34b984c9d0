import { at, type EngineDeps } from "../deps.ts";

const BATCH = 1_000;
/** Runs that end meanwhile share a batch. */
const SHORTEST_MS = 1_000;
/** Where runs end on other nodes too, whose loop may have ended with them. */
const LONGEST_MS = 60 * 60_000;

/** How long after the end of a run the loop has something to do. */
export function recordsDelayMs(recordsMs: number): number {
  return recordsMs + SHORTEST_MS;
}

/** Deletes what runs have recorded automatically, when they were final for longer than `recordsMs`. */
export async function pruneRecords(deps: EngineDeps, recordsMs: number): Promise<number | undefined> {
  const params = at(deps);
  const before = params.now - recordsMs;
  const { isDone, oldestAt } = await deps.store.deleteRecords({ ...params, before, limit: BATCH });
  if (!isDone) return 0;
  if (oldestAt !== undefined) return Math.max(0, oldestAt - before) + SHORTEST_MS;
  return deps.store.isSingleNode ? undefined : LONGEST_MS;
}
