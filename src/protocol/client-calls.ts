/**
 * What applications ask of a node. In the embedded mode the transport is a function call; over HTTP (to come) the same table
 * gains methods and paths. Dates are epoch milliseconds and values are encoded text (`core/codec.ts`) on this side of the SDK.
 */
import type { ApiKeySummary } from "../core/api-key.ts";
import type { BatchStatus } from "../core/batch.ts";
import type { JournalSummary } from "../core/entry.ts";
import type { EntryView } from "../core/entry-view.ts";
import type { Failure } from "../core/failure.ts";
import type { StoredLogLine } from "../core/log-line.ts";
import type { MetadataChange } from "../core/metadata-change.ts";
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
    /** For callers who do not name the runs: the same for every sending of one call. So it is below. */
    requestKey?: string;
  }): Promise<TriggerAnswer>;
  retrieve(input: { runId: string }): Promise<RunView>;
  list(input: ListRequest): Promise<{ runs: readonly RunView[]; next?: string }>;
  events(input: { runId: string; afterSeq: number; limit: number }): Promise<{ events: readonly RunEvent[] }>;
  /** A page of what is recorded of a run, in the order in which its code saw it. */
  journal(input: JournalRequest): Promise<JournalPage>;
  cancel(input: { runId: string }): Promise<{ id: string }>;
  replay(input: { runId: string; newRunId: string; payload?: string; requestKey?: string }): Promise<{ id: string }>;
  restart(input: { runId: string; requestKey?: string }): Promise<{ id: string }>;
  /** Sets another earliest start, `dueAt` or `delayMs` from now, of a run that is delayed. */
  reschedule(input: { runId: string; dueAt?: number; delayMs?: number; requestKey?: string }): Promise<RunView>;
  /** Changes metadata from outside the run; the answer is all of it, as JSON. */
  changeMetadata(input: {
    runId: string;
    changes: readonly MetadataChange[];
    requestKey?: string;
  }): Promise<{ metadata: string }>;
  /** The answer is all tags that the run has then. */
  addTags(input: { runId: string; tags: readonly string[] }): Promise<{ tags: readonly string[] }>;
  /** The key leads to its first run no more; the answer names that. */
  resetIdempotencyKey(input: { task: string; key: string }): Promise<{ runId: string }>;
  /** Announces a batch whose items follow; `isCached`: it is an earlier one, which has them all. */
  createBatch(input: {
    batchId: string;
    runCount: number;
    idempotencyKey?: string;
    idempotencyKeyTtlMs?: number;
    requestKey?: string;
  }): Promise<{ id: string; runCount: number; isCached: boolean }>;
  /** Takes items of an announced batch, in any order and more than once; its runs are there with the last of them. */
  addBatchItems(input: { batchId: string; items: readonly BatchItem[] }): Promise<BatchItemsAnswer>;
  retrieveBatch(input: { batchId: string }): Promise<BatchView>;
  /** Resolves when the run is final, or after `waitMs` with what it is by then. */
  awaitRun(input: { runId: string; waitMs: number }): Promise<RunView>;
  /** Lines of a run's log after the place `after`; where there are none yet, those that come within `waitMs`. */
  logs(input: { runId: string; after: number; limit: number; waitMs: number }): Promise<LogPage>;
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

/** A run that is asked for as part of a batch. */
export interface BatchItem extends TriggerRequest {
  /** Place in the batch, from 0. */
  index: number;
}

export interface BatchItemsAnswer {
  accepted: number;
  /** Passed over, since their places were taken. */
  deduplicated: number;
  /** Items that have come so far. */
  received: number;
  isSealed: boolean;
}

/** A batch as clients see it. */
export interface BatchView {
  id: string;
  status: BatchStatus;
  runCount: number;
  /** Items that have come so far. */
  received: number;
  /** In the order of the items; empty until all have come. */
  runIds: readonly string[];
  idempotencyKey?: string;
  createdAt: number;
  sealedAt?: number;
  finishedAt?: number;
}

export interface LogPage {
  readonly lines: readonly StoredLogLine[];
  /** The run is final, and no line will follow these. */
  readonly isOver: boolean;
}

export interface JournalRequest {
  runId: string;
  /** Default: the one that is being written. */
  journal?: number;
  /** Entries after this place. */
  after?: string;
  limit: number;
  /** Show what is recorded as well; not for tokens. */
  withValues?: boolean;
}

export interface JournalPage {
  readonly journal: number;
  readonly entries: readonly EntryView[];
  /** Where the next page begins; absent on the last. */
  readonly next?: string;
  /** Those of the run's journals that hold entries. */
  readonly journals: readonly JournalSummary[];
  /** Entries of the run, whatever their journal, that were deleted before it. */
  readonly deleted: number;
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
