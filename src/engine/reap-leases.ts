import type { LeaseKey } from "../core/run.ts";
import type { EngineDeps } from "./deps.ts";
import { findLeased } from "./leased-run.ts";
import { reapRun } from "./reap-run.ts";

/** The process that held these is gone for certain: its runs go on at once, as if their leases had run out. */
export async function reapLeases(deps: EngineDeps, leases: readonly LeaseKey[]): Promise<void> {
  await Promise.all(
    leases.map(async (lease) => {
      const run = await findLeased(deps, lease);
      if (run !== undefined) await reapRun(deps, run);
    }),
  );
}
