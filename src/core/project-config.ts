import type { AlertOptions } from "./alert-options.ts";
import type { Duration } from "./duration.ts";
import type { EffectOptions } from "./effect-mode.ts";
import type { LogsOptions } from "./logs-options.ts";
import type { RetryOptions } from "./retry.ts";
import type { OnDivergence } from "./run.ts";
import type { Runtime } from "./runtime.ts";

/** What a project says about itself in `perdure.config.ts`. */
export interface PerdureConfig {
  /** Folders of task files, from the project's root. Default: those of `tasks`, `trigger`, `src/tasks`, `src/trigger` that exist. */
  dirs?: readonly string[];
  /** Packages that are not bundled and loaded from `node_modules` instead. Those with native addons are found without being named. */
  external?: readonly string[];
  /** Environment variables that the tasks may read. They get no others but those that every program needs, such as `PATH`. */
  variables?: readonly string[];
  /** What worker processes run on. Default: `node`. Bun must be in the path. */
  runtime?: Runtime;
  /** Retry policy of tasks that have none, and base of those that name parts. Default: 3 attempts, 1 s to 60 s apart. */
  retry?: RetryOptions;
  /** Seconds of executing time that one attempt may take where its task says nothing, from 5; waits do not count. Default: no limit. */
  maxDuration?: number;
  /** What happens to a run whose code no longer fits its journal. Default: `hold`; under `perdure dev` it is `fail`. */
  onDivergence?: OnDivergence;
  /** How effects of code outside of steps are treated where a task says nothing, part by part. Default: `auto`; Bun takes `steps-only` alone. */
  effects?: EffectOptions;
  /** Waiting runs that each worker process keeps in memory, so that they continue without a replay. Default: 100; under `perdure dev` it is 0. */
  keepWarm?: number;
  /** How long final runs are kept. Default: 30 days; `"never"` deletes none. */
  retention?: Duration | "never";
  /** How lines that runs log are kept; `false` stores none. Default: as long as their run, 1 GB in all. */
  logs?: false | LogsOptions;
  /** Whom to tell of runs that failed for good or are held. `perdure dev` tells nobody. */
  alerts?: readonly AlertOptions[];
}
