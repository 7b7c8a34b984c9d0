import type { Run } from "./run.ts";

/**
 * Runs that share processes with others, and runs that have one to themselves: those in quarantine, and those of tasks that
 * are isolated. A worker that names no lane takes both: there is no pool that could tell them apart.
 */
export type Lane = "shared" | "alone";

export function laneOf({ memoryMb, quarantinedAt }: Pick<Run, "memoryMb" | "quarantinedAt">): Lane {
  return memoryMb === undefined && quarantinedAt === undefined ? "shared" : "alone";
}
