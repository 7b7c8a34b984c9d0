import type { Run } from "../core/run.ts";
import { at, type EngineDeps } from "./deps.ts";

export interface LeaseRuns {
  readonly workerId: string;
  /** Made by the worker; repeated with the same one, the call gets the same runs. */
  readonly leaseId: string;
  readonly tasks: readonly string[];
  readonly limit: number;
}

/** Gives ready runs to a worker, within the limits of their queues. Workers ask through the dispatcher, which waits for them. */
export async function leaseRuns(
  deps: EngineDeps,
  { workerId, leaseId, tasks, limit }: LeaseRuns,
): Promise<readonly Run[]> {
  const { leaseMs } = deps;
  const runs = await deps.store.leaseRuns({ ...at(deps), workerId, leaseId, tasks, limit, leaseMs });
  if (runs.length > 0)
    deps.hints.leased(Math.min(...runs.map(({ leaseUntil }) => leaseUntil ?? Number.POSITIVE_INFINITY)));
  return runs;
}
