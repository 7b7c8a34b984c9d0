import type { AlertRule } from "../core/alerts.ts";
import type { Env } from "../core/env.ts";
import type { TaskDefaults, TaskManifest } from "../core/task-manifest.ts";
import type { Store } from "../store/store.ts";
import type { Endings } from "./endings.ts";
import type { Hints } from "./hints.ts";

/** What every use-case works with. */
export interface EngineDeps {
  readonly store: Store;
  readonly env: Env;
  readonly environmentId: string;
  readonly tasks: ReadonlyMap<string, TaskManifest>;
  readonly defaults: TaskDefaults;
  readonly alerts: readonly AlertRule[];
  readonly taskVersion: string | undefined;
  /** Of the code that runs start under; older ones continue their own. */
  readonly latestVersion: string | undefined;
  readonly leaseMs: number;
  readonly hints: Hints;
  readonly endings: Endings;
  /** Runs of which the warning about their large journal is known to be written. */
  readonly largeJournals: Set<string>;
}

/** The two parameters that every write takes. */
export function at({ store, environmentId }: EngineDeps): { environmentId: string; now: number } {
  return { environmentId, now: store.now() };
}
