import { parseDuration } from "../core/duration.ts";
import type { Env } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import type { RetryOptions } from "../core/retry.ts";
import { ON_DIVERGENCE, type OnDivergence } from "../core/run.ts";
import type { AnyTask, Duration } from "../sdk/index.ts";
import type { LogLine, WorkerCalls } from "../worker/index.ts";

export interface PerdureOptions {
  /** Path of the SQLite file (made when it is missing), `":memory:"`, or a `postgres://` URL. */
  db: string;
  /** Every task that this process can run or trigger. */
  tasks: readonly AnyTask[];
  /** Runs that execute at once in this process. Default: 100. */
  concurrency?: number;
  /** Waiting runs that stay in memory, so that they continue without a replay. Default: 100; 0 for none. */
  keepWarm?: number;
  /** Name of the code's version; runs remember which one started them. */
  version?: string;
  /** Retry policy of tasks that have none, and base of those that name parts. */
  retry?: RetryOptions;
  /** What happens to a run whose code no longer fits its journal. Default: `hold`. */
  onDivergence?: OnDivergence;
  /** 32 bytes as base64 or hex. Default: `PERDURE_ENCRYPTION_KEY`, or the key file beside the SQLite file. */
  encryptionKey?: string;
  /** `normal` gives up the last commits at a power failure for speed. Default: `full`. */
  durability?: "full" | "normal";
  /** How long final runs are kept. Default: 30 days; `"never"` deletes none. */
  retention?: Duration | "never";
  /** Where the lines of `logger` go. Default: standard error. */
  onLog?: (line: LogLine) => void;
  /** Where problems go that no call is waiting for. Default: standard error. */
  onProblem?: (error: unknown) => void;
}

/** What the test kit decides for itself. */
export interface Surroundings {
  readonly env: Env;
  readonly leaseMs?: number;
  /** Where each worker stands: its clock, and its way to the node. Default: here, by function calls. */
  readonly placeWorker?: (calls: WorkerCalls) => { readonly env: Env; readonly calls: WorkerCalls };
}

const KNOWN: ReadonlySet<string> = new Set<keyof PerdureOptions>([
  "db",
  "tasks",
  "concurrency",
  "keepWarm",
  "version",
  "retry",
  "onDivergence",
  "encryptionKey",
  "durability",
  "retention",
  "onLog",
  "onProblem",
]);

/** @throws {PerdureError} `OPTION_UNSUPPORTED` or `OPTION_INVALID`, before anything is opened. */
export function checkOptions(options: PerdureOptions): void {
  for (const [option, given] of Object.entries(options)) {
    if (given !== undefined && !KNOWN.has(option))
      throw perdureError("OPTION_UNSUPPORTED", { what: "createPerdure", option });
  }
  const { db, tasks, concurrency = 1, keepWarm = 0, onDivergence, durability } = options;
  if (typeof db !== "string") refuse('db must be a path, ":memory:" or a postgres:// URL');
  if (!Array.isArray(tasks)) refuse("tasks must be a list of tasks");
  if (!Number.isInteger(concurrency) || concurrency < 1) refuse("concurrency must be a whole number from 1");
  if (!Number.isInteger(keepWarm) || keepWarm < 0) refuse("keepWarm must be a whole number from 0");
  if (onDivergence !== undefined && !ON_DIVERGENCE.includes(onDivergence))
    refuse(`onDivergence must be one of ${ON_DIVERGENCE.join(", ")}`);
  if (durability !== undefined && !["full", "normal"].includes(durability)) refuse("durability must be full or normal");
}

/** How long final runs are kept, in milliseconds; absent for good. */
export function retentionMs(retention: Duration | "never" = { days: 30 }): number | undefined {
  return retention === "never" ? undefined : parseDuration(retention, "retention");
}

function refuse(problem: string): never {
  throw perdureError("OPTION_INVALID", { what: "createPerdure", problem });
}
