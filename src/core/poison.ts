import type { Run } from "./run.ts";

/** Continuations in a row that may end without a new entry before the attempt counts as failed. */
export const MAX_BARREN_LEASES = 3;

/**
 * True when the lease that is being reaped makes it three in a row that recorded nothing: whatever the code does, it takes
 * its process down before it gets anywhere, and another go would do the same.
 */
export function isPoisoned(run: Pick<Run, "barrenLeases">): boolean {
  return run.barrenLeases + 1 >= MAX_BARREN_LEASES;
}
