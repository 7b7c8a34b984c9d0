import type { Env } from "../core/env.ts";
import type { LeaseKey } from "../core/run.ts";
import type { ClientCalls } from "../protocol/client-calls.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";
import type { WorkerLog, WorkerStart } from "../protocol/worker-process.ts";
import type { PulseLimits } from "./pulse.ts";
import type { OutputLine, WorkerEnd } from "./worker-process.ts";

export interface PoolOptions extends Partial<PulseLimits> {
  readonly env: Env;
  /** Those of the node; what the processes ask is passed on to them. */
  readonly calls: ClientCalls & WorkerCalls;
  /** The program of a worker process: `workerProcessUrl()` of the room `worker`, which this one may not know. */
  readonly program: URL;
  /** The absolute path of the module that exports the tasks of this version. */
  readonly module: string;
  /** The tasks of the module that this pool takes runs of. */
  readonly tasks: readonly string[];
  readonly environmentId: string;
  /** The version of the tasks' code: runs that belong to another are left alone. Absent: they take what they find. */
  readonly version?: string;
  /** Processes. Default: 1. */
  readonly size?: number;
  /** Runs that execute at once in each process. Default: 100. */
  readonly concurrency?: number;
  /** Waiting runs that each process keeps in memory. Default: 100. */
  readonly keepWarm?: number;
  /** Variables of our own environment that the tasks need. Nothing else that is secret reaches them. */
  readonly variableNames?: readonly string[];
  /**
   * A process has ended, and these runs were its own: the node must let them go on elsewhere, and count the end against
   * them. Called before another process takes its place.
   */
  readonly onWorkerLost: (lost: LostWorker) => Promise<void>;
  /** A process has ended that nobody had asked to stop, whether or not it held runs. */
  readonly onWorkerEnded?: (cause: WorkerEnd) => void;
  readonly onOutput: (line: OutputLine) => void;
  readonly onLog: (line: WorkerLog) => void;
  readonly onProblem: (error: unknown) => void;
}

export interface LostWorker {
  readonly pid: number;
  readonly leases: readonly LeaseKey[];
  readonly cause: WorkerEnd;
}

/** What the options leave open. */
export function limitsOf({ heartbeatTimeoutMs, hangTimeoutMs, startTimeoutMs }: PoolOptions): PulseLimits {
  return {
    heartbeatTimeoutMs: heartbeatTimeoutMs ?? 10_000,
    hangTimeoutMs: hangTimeoutMs ?? 5 * 60_000,
    startTimeoutMs: startTimeoutMs ?? 60_000,
  };
}

export function workerStart({ module, tasks, environmentId, version, ...rest }: PoolOptions): WorkerStart {
  const { concurrency = 100, keepWarm = 100 } = rest;
  return { module, tasks, environmentId, concurrency, keepWarm, ...(version === undefined ? {} : { version }) };
}
