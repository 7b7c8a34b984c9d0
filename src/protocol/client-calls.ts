/**
 * What applications ask of a node. In the embedded mode the transport is a function call; over HTTP (to come) the same table
 * gains methods and paths. Dates are epoch milliseconds and values are encoded text (`core/codec.ts`) on this side of the SDK.
 */
import type { ApiKeySummary } from "../core/api-key.ts";
import type { Failure } from "../core/failure.ts";
import type { RunEvent } from "../core/run.ts";
import type { RunPhase, RunStatus } from "../core/run-state.ts";
import type { TriggeredRun, TriggerRequest } from "../core/trigger-request.ts";

export type { TaskManifest } from "../core/task-manifest.ts";
export type { TriggeredRun, TriggerRequest, TriggerRequestOptions } from "../core/trigger-request.ts";

export interface ClientCalls {
  trigger(input: {
    requests: readonly TriggerRequest[];
    runIds: readonly string[];
    batchId?: string;
    parentRunId?: string;
  }): Promise<TriggerAnswer>;
  retrieve(input: { runId: string }): Promise<RunView>;
  list(input: ListRequest): Promise<{ runs: readonly RunView[]; next?: string }>;
  events(input: { runId: string; afterSeq: number; limit: number }): Promise<{ events: readonly RunEvent[] }>;
  cancel(input: { runId: string }): Promise<{ id: string }>;
  replay(input: { runId: string; newRunId: string; payload?: string }): Promise<{ id: string }>;
  restart(input: { runId: string }): Promise<{ id: string }>;
  /** Resolves when the run is final, or after `waitMs` with what it is by then. */
  awaitRun(input: { runId: string; waitMs: number }): Promise<RunView>;
  /** A token for a page, signed with the key of whoever asks. */
  createPublicToken(input: PublicTokenRequest): Promise<{ token: string }>;
  /** The secret is told here and nowhere else. `keyId` is made by the caller, so that a repeated call finds its key. */
  createKey(input: KeyRequest): Promise<{ key: ApiKeySummary; secret: string }>;
  listKeys(input: Record<string, never>): Promise<{ keys: readonly ApiKeySummary[] }>;
  revokeKey(input: { keyId: string }): Promise<{ key: ApiKeySummary }>;
}

export interface TriggerAnswer {
  runs: readonly TriggeredRun[];
  /** Where the node has named the batch otherwise than it was asked to. */
  batchId?: string;
  /** May read what was started, for an hour. Given to those who ask over HTTP. */
  publicAccessToken?: string;
}

export interface PublicTokenRequest {
  scopes: readonly string[];
  /** From now on, or until an instant. Default: 15 minutes. */
  ttlMs?: number;
  expiresAt?: number;
  /** It may trigger once. */
  isSingleUse?: boolean;
}

export interface KeyRequest {
  keyId: string;
  name: string;
  ttlMs?: number;
  expiresAt?: number;
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
