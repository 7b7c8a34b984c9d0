import type { EngineDeps } from "../deps.ts";
import { reapRun } from "../reap-run.ts";
import { napUntil } from "./nap.ts";

const BATCH = 100;

/** Progress of the wall clock that the monotonic one does not show, or the reverse, up to which we do not call it a jump. */
const DRIFT_MS = 1_000;

/**
 * Reaps every executing run, for a node that is the only one and has just started: whoever executed them is gone with the
 * node before.
 */
export async function reapOrphans(deps: EngineDeps): Promise<void> {
  for (;;) {
    const orphans = await deps.store.listOrphans({ environmentId: deps.environmentId, workerIds: [], limit: BATCH });
    // Side by side, so that they share their commits.
    await Promise.all(orphans.map((run) => reapRun(deps, run)));
    if (orphans.length < BATCH) return;
  }
}

/**
 * Reaps runs whose lease ran out. A lease tells of a dead worker only while time runs evenly for all: after a start, a jump
 * of the clock or a pause of this process (a laptop that slept), workers get one lease to make themselves heard.
 */
export function createReaper(deps: EngineDeps): () => Promise<number | undefined> {
  const { store, env, environmentId, leaseMs } = deps;
  let last: { readonly wall: number; readonly monotonic: number; readonly napMs: number } | undefined;
  let trustedFrom = 0;

  return async () => {
    if (hasJumped()) trustedFrom = store.now() + leaseMs;
    const leftMs = trustedFrom - store.now();
    const napMs = leftMs > 0 ? leftMs : await reapExpired();
    last = { wall: store.now(), monotonic: env.monotonic(), napMs: napMs ?? Number.POSITIVE_INFINITY };
    return napMs;
  };

  /** The only node needs no patience at its start: it has reaped all orphans, and the leases that are left are its own. */
  function hasJumped(): boolean {
    if (last === undefined) return !store.isSingleNode;
    const wall = store.now() - last.wall;
    const monotonic = env.monotonic() - last.monotonic;
    return Math.abs(wall - monotonic) > DRIFT_MS || monotonic > last.napMs + leaseMs / 2;
  }

  async function reapExpired(): Promise<number | undefined> {
    const runs = await store.listExpiredLeases({ environmentId, now: store.now(), limit: BATCH });
    await Promise.all(runs.map((run) => reapRun(deps, run)));
    if (runs.length === BATCH) return 0;
    const { leaseAt } = await store.nextDue({ environmentId, now: store.now() });
    return napUntil(deps, leaseAt === undefined ? undefined : leaseAt + 1);
  }
}
