import type { PerdureError } from "../core/errors.ts";
import type { WorkerView } from "../protocol/status-calls.ts";

/** The worker processes of a node as whoever keeps them sees them. A node in the user's own process has none. */
export interface CrewReport {
  /** The version that new runs start under. */
  readonly current: string;
  readonly pools: readonly PoolReport[];
  /** Versions that runs belong to and whose folder is gone. */
  readonly missing: readonly string[];
}

export interface PoolReport {
  readonly version: string;
  readonly workers: readonly Omit<WorkerView, "version">[];
  /** Why its processes do not start. */
  readonly failing?: PerdureError;
}
