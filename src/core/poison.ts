import type { Run } from "./run.ts";

/** Continuations in a row that may end without a new entry before the attempt counts as failed. */
export const MAX_BARREN_LEASES = 3;
/** Undos have no further attempt, and what is not undone has to be undone by hand: a few restarts in a row must not end them. */
const MAX_BARREN_LEASES_UNDOING = 10;

/** How many continuations in a row may end without a new entry. */
export function barrenLimit({ phase }: Pick<Run, "phase">): number {
  return phase === "undoing" ? MAX_BARREN_LEASES_UNDOING : MAX_BARREN_LEASES;
}

/**
 * True when the lease that is being reaped makes it as many in a row that recorded nothing: whatever the code does, it takes
 * its process down before it gets anywhere, and another go would do the same.
 */
export function isPoisoned(run: Pick<Run, "barrenLeases" | "phase">): boolean {
  return run.barrenLeases + 1 >= barrenLimit(run);
}
