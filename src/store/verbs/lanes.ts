import type { Lane } from "../../core/lane.ts";
import { literal } from "../literals.ts";

/** Values of the column `alone`, in the order in which they are looked for. A worker without a lane takes from both. */
export function lanesOf(lane: Lane | undefined): readonly (0 | 1)[] {
  if (lane === undefined) return [0, 1];
  return lane === "alone" ? [1] : [0];
}

/** The run has shown itself harmless, or begins anew. One whose task is isolated has its own process all the same. */
export const LEAVES_QUARANTINE = literal(
  "quarantined_at = null, alone = (case when memory_mb is null then 0 else 1 end)",
);
