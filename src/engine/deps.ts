import type { Env } from "../core/env.ts";
import type { LogLine } from "../core/log-line.ts";
import type { TaskDefaults, TaskManifest } from "../core/task-manifest.ts";
import type { Store } from "../store/store.ts";
import type { Telemetry } from "../store/telemetry/telemetry.ts";
import type { Endings } from "./endings.ts";
import type { Hints } from "./hints.ts";

/** What every use-case works with. */
export interface EngineDeps {
  readonly store: Store;
  readonly env: Env;
  readonly environmentId: string;
  readonly tasks: ReadonlyMap<string, TaskManifest>;
  readonly defaults: TaskDefaults;
  readonly taskVersion: string | undefined;
  /** Of the code that runs start under; older ones continue their own. */
  readonly latestVersion: string | undefined;
  readonly leaseMs: number;
  readonly hints: Hints;
  readonly endings: Endings;
  /** Absent: what runs log is not stored. */
  readonly telemetry: Telemetry | undefined;
  /** Woken when lines of a run have been stored. */
  readonly lineNews: Endings;
  readonly onLog: (line: LogLine) => void;
  /** Runs of which the warning about their large journal is known to be written. */
  readonly largeJournals: Set<string>;
}

/** The two parameters that every write takes. */
export function at({ store, environmentId }: EngineDeps): { environmentId: string; now: number } {
  return { environmentId, now: store.now() };
}
