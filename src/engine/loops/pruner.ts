import { at, type EngineDeps } from "../deps.ts";

const BATCH = 200;
const LONGEST_MS = 60 * 60 * 1_000;

/** Deletes runs that were final for longer than `retentionMs`, with what they logged. */
export async function pruneRuns(deps: EngineDeps, retentionMs: number): Promise<number> {
  const params = at(deps);
  const { deleted, runIds } = await deps.store.deleteRuns({
    ...params,
    before: params.now - retentionMs,
    limit: BATCH,
  });
  await deps.telemetry?.deleteLines(runIds);
  return deleted === BATCH ? 0 : Math.min(LONGEST_MS, Math.max(1_000, retentionMs));
}
