import type { EffectPolicy } from "../core/effect-mode.ts";
import type { Env } from "../core/env.ts";
import type { LostProcess } from "../core/lost-process.ts";
import type { PoolBounds } from "../core/pool-size.ts";
import type { Runtime } from "../core/runtime.ts";
import type { ClientCalls } from "../protocol/client-calls.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";
import type { WorkerStart } from "../protocol/worker-process.ts";
import type { PulseLimits } from "./pulse.ts";
import type { OutputLine, WorkerEnd } from "./worker-process.ts";

export interface PoolOptions extends Partial<PulseLimits> {
  readonly env: Env;
  /** Those of the node; what the processes ask is passed on to them. */
  readonly calls: ClientCalls & WorkerCalls;
  /** The program of a worker process: `workerProcessUrl()` of the room `worker`, which this one may not know. */
  readonly program: URL;
  /** What the processes run on. Default: `node`. */
  readonly runtime?: Runtime;
  /** The absolute path of the module that exports the tasks of this version. */
  readonly module: string;
  /** The tasks of the module that this pool takes runs of. */
  readonly tasks: readonly string[];
  readonly environmentId: string;
  /** How effects outside of steps are treated where a task says nothing. */
  readonly effects: EffectPolicy;
  /** The version of the tasks' code: runs that belong to another are left alone. Absent: they take what they find. */
  readonly version?: string;
  /** Processes that runs share: a number, or bounds within which it follows the load. Default: 1. */
  readonly size?: number | PoolBounds;
  /** Runs of these tasks that shared processes could begin at once. Without it nothing is known to wait. */
  readonly countReady?: () => Promise<number>;
  /** Processes that execute one run each: of isolated tasks, and in quarantine. They are started as there is need. Default: 4. */
  readonly alone?: number;
  /** Runs that execute at once in each shared process. Default: 100. */
  readonly concurrency?: number;
  /** Waiting runs that each shared process keeps in memory. Default: 100. */
  readonly keepWarm?: number;
  /** Variables of our own environment that the tasks need. Nothing else that is secret reaches them. */
  readonly variableNames?: readonly string[];
  /** Where those variables are taken from. Default: our own environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Variables that the tasks have no right to: a worker process tells `onProblem` when one is read. Default: none. */
  readonly unnamed?: readonly string[];
  /**
   * A process has ended, and these runs were its own: the node must let them go on elsewhere, each as far as it is to blame.
   * Called before another process takes its place.
   */
  readonly onWorkerLost: (lost: LostWorker) => Promise<void>;
  /** A process has ended that nobody had asked to stop, whether or not it held runs. */
  readonly onWorkerEnded?: (cause: WorkerEnd) => void;
  readonly onOutput: (line: OutputLine) => void;
  readonly onProblem: (error: unknown) => void;
}

export interface LostWorker {
  readonly pid: number;
  readonly end: WorkerEnd;
  /** For the node. */
  readonly loss: LostProcess;
}

/** What the options leave open. */
export function limitsOf({ heartbeatTimeoutMs, hangTimeoutMs, startTimeoutMs }: PoolOptions): PulseLimits {
  return {
    heartbeatTimeoutMs: heartbeatTimeoutMs ?? 10_000,
    hangTimeoutMs: hangTimeoutMs ?? 5 * 60_000,
    startTimeoutMs: startTimeoutMs ?? 60_000,
  };
}

export function boundsOf({ size = 1 }: PoolOptions): PoolBounds {
  return typeof size === "number" ? { min: size, max: size } : size;
}

/** Of a process that runs share. */
export function sharedStart(options: PoolOptions): WorkerStart {
  const { concurrency = 100, keepWarm = 100 } = options;
  return { ...codeOf(options), concurrency, keepWarm };
}

/** Of a process that executes one run at a time; what a run that waits leaves in memory would be a burden to the next. */
export function aloneStart(options: PoolOptions): WorkerStart {
  return { ...codeOf(options), concurrency: 1, keepWarm: 0 };
}

function codeOf({ module, tasks, environmentId, effects, version, unnamed = [] }: PoolOptions) {
  return { module, tasks, environmentId, effects, unnamed, ...(version === undefined ? {} : { version }) };
}
