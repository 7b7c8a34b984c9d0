/**
 * What applications ask of a node. In the embedded mode the transport is a function call; over HTTP (to come) the same table
 * gains methods and paths. Dates are epoch milliseconds and values are encoded text (`core/codec.ts`) on this side of the SDK.
 */
import type { Failure } from "../core/failure.ts";
import type { RunEvent } from "../core/run.ts";
import type { RunPhase, RunStatus } from "../core/run-state.ts";
import type { TriggeredRun, TriggerRequest } from "../core/trigger-request.ts";
import type { QueueCalls } from "./queue-calls.ts";
import type { StatusCalls } from "./status-calls.ts";

export type { TaskManifest } from "../core/task-manifest.ts";
export type { TriggeredRun, TriggerRequest, TriggerRequestOptions } from "../core/trigger-request.ts";

export interface ClientCalls extends QueueCalls, StatusCalls {
  trigger(input: {
    requests: readonly TriggerRequest[];
    runIds: readonly string[];
    batchId?: string;
    parentRunId?: string;
  }): Promise<{ runs: readonly TriggeredRun[] }>;
  retrieve(input: { runId: string }): Promise<RunView>;
  list(input: ListRequest): Promise<{ runs: readonly RunView[]; next?: string }>;
  events(input: { runId: string; afterSeq: number; limit: number }): Promise<{ events: readonly RunEvent[] }>;
  cancel(input: { runId: string }): Promise<{ id: string }>;
  replay(input: { runId: string; newRunId: string; payload?: string }): Promise<{ id: string }>;
  restart(input: { runId: string }): Promise<{ id: string }>;
  /** Resolves when the run is final, or after `waitMs` with what it is by then. */
  awaitRun(input: { runId: string; waitMs: number }): Promise<RunView>;
}

export interface ListRequest {
  limit: number;
  after?: string;
  statuses?: readonly RunStatus[];
  tasks?: readonly string[];
  queues?: readonly string[];
  tag?: string;
  batchId?: string;
  createdFrom?: number;
  createdTo?: number;
}

/** A run as clients see it. */
export interface RunView {
  id: string;
  task: string;
  queue: string;
  status: RunStatus;
  phase: RunPhase;
  payload?: string;
  output?: string;
  failure?: Failure;
  metadata?: string;
  tags: readonly string[];
  attempt: number;
  maxAttempts: number;
  idempotencyKey?: string;
  parentRunId?: string;
  rootRunId: string;
  replayOfRunId?: string;
  batchId?: string;
  depth: number;
  taskVersion?: string;
  dueAt: number;
  createdAt: number;
  startedAt?: number;
  finishedAt?: number;
}
