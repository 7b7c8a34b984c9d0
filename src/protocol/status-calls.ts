import type { QueueState } from "../core/queue.ts";
import type { RunStatus } from "../core/run-state.ts";
import type { Explanation } from "../core/why-waiting.ts";

/** What people ask of a node about itself. */
export interface StatusCalls {
  status(input: Record<string, never>): Promise<NodeStatus>;
  /** Why a run is not running. */
  explain(input: { runId: string }): Promise<Explanation>;
}

/** A node on one screen. Instants are epoch milliseconds. */
export interface NodeStatus {
  /** Of Perdure. */
  version: string;
  pid: number;
  startedAt: number;
  now: number;
  database: { kind: "memory" | "sqlite" | "postgres"; migration: string; bytes?: number };
  /** Since when everything is paused. */
  pausedAt?: number;
  runs: Readonly<Record<RunStatus, number>>;
  /** The fullest ones. */
  queues: readonly QueueState[];
  queueCount: number;
  versions: readonly VersionView[];
  workers: readonly WorkerView[];
  /** What somebody has to look at; empty when all is well. */
  problems: readonly NodeProblem[];
}

/** A version of the tasks' code. */
export interface VersionView {
  id: string;
  /** New runs start under it. */
  isCurrent: boolean;
  /** Its folder is gone. */
  isMissing: boolean;
  openRuns: number;
}

/** A worker process. */
export interface WorkerView {
  version: string;
  pid: number;
  /** It takes runs. */
  isReady: boolean;
  held: number;
  /** How long its event loop has shown no sign of life. */
  stalledMs: number;
  /** By how much its event loop was late last, at most. */
  lagMs: number;
  rssMb: number;
}

export interface NodeProblem {
  code: string;
  /** What is wrong, and what to do. */
  message: string;
}
