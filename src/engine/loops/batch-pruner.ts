import { LIMITS } from "../../core/limits.ts";
import { at, type EngineDeps } from "../deps.ts";

const BATCH = 200;
const LONGEST_MS = 60 * 60_000;

/** Deletes batches whose items did not come, and, with a retention, those that are older and have no run of their own. */
export async function pruneBatches(deps: EngineDeps, retentionMs: number | undefined): Promise<number | undefined> {
  const params = at(deps);
  const { deleted, oldestOpenAt } = await deps.store.deleteBatches({
    ...params,
    before: retentionMs === undefined ? 0 : params.now - retentionMs,
    unsealedBefore: params.now - LIMITS.batchOpenMs,
    limit: BATCH,
  });
  if (deleted === BATCH) return 0;
  if (oldestOpenAt !== undefined) return Math.max(1_000, oldestOpenAt + LIMITS.batchOpenMs - params.now);
  return retentionMs === undefined ? undefined : LONGEST_MS;
}
