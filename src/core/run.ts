/**
 * Core: the rules, and what the nouns of this project are. Pure functions and types, shared by both halves: what a run, an
 * entry and a failure are, which status follows from which, when a failed attempt is followed by another, what becomes of
 * a run when an attempt has ended, every error and every limit.
 *
 * Nothing here does anything: no clock, no chance (both come in by `Env` or as a number), no file, no network, no Node. What
 * it decides it returns as a value, and the engine or the worker acts on it. This file is what a run is.
 */
import type { Failure } from "./failure.ts";
import type { RetryPolicy } from "./retry.ts";
import type { RunEventKind, RunPhase, RunStatus } from "./run-state.ts";

/** One request to do a task, as the store keeps it. Instants are epoch milliseconds, durations milliseconds. */
export interface Run {
  readonly id: string;
  readonly environmentId: string;
  readonly task: string;
  readonly queue: string;
  readonly status: RunStatus;
  readonly phase: RunPhase;
  /** Encoded by `codec.ts`. Absent when the task was triggered without a payload. */
  readonly payload?: string;
  readonly output?: string;
  /** Of a failed run, or of the last failed attempt of one that is being retried. */
  readonly failure?: Failure;
  /** JSON object. */
  readonly metadata?: string;
  /** The metadata with which the current journal began (set by creation, retry and restart): what a replay starts from. */
  readonly metadataBase?: string;
  readonly tags: readonly string[];
  /** Rises with every lease; every write by a worker carries it. */
  readonly epoch: number;
  /** Number of the attempt that is under way or comes next, from 1. */
  readonly attempt: number;
  readonly retry: RetryPolicy;
  /** Executing time that one attempt may take. */
  readonly maxDurationMs?: number;
  /** Executing time that this attempt took under earlier leases. */
  readonly activeMs: number;
  /** Head start in the queue. */
  readonly priorityMs: number;
  /** Place in the queue: smallest first. Kept when the run is woken, so that it goes before newer ones. */
  readonly orderAt: number;
  /** Earliest start. */
  readonly dueAt: number;
  /** End of the TTL: a run that has not started by then fails as expired. */
  readonly expiresAt?: number;
  readonly leaseId?: string;
  readonly leaseUntil?: number;
  readonly leasedAt?: number;
  readonly workerId?: string;
  readonly idempotencyKey?: string;
  readonly parentRunId?: string;
  readonly rootRunId: string;
  readonly replayOfRunId?: string;
  readonly batchId?: string;
  readonly depth: number;
  readonly onDivergence: OnDivergence;
  readonly taskVersion?: string;
  /** Which of the run's journals is being written: a new attempt or a restart opens the next one, from 1. */
  readonly journal: number;
  /** Number of the last entry, over all journals. */
  readonly entrySeq: number;
  readonly journalBytes: number;
  /** Intents of steps with an undo that has not been done. */
  readonly undosOwed: number;
  /** Leases in a row that ended in a reap without a new entry. */
  readonly barrenLeases: number;
  /** Since when it has a process to itself, for having been executing when one died; absent once it has shown itself harmless. */
  readonly quarantinedAt?: number;
  /** It always has a process to itself, with this much memory; 0 for no limit. Absent: it shares one. */
  readonly memoryMb?: number;
  /** What becomes of the run when its undos are done; set in phase `undoing`. */
  readonly ending?: Ending;
  readonly cancelRequestedAt?: number;
  /** Number of the last run event. */
  readonly eventSeq: number;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

/** A run as the worker gets it that is to continue it. */
export interface LeasedRun extends Run {
  /** Secret, 32 bytes as base64url: what all chance in the run's code follows from, over all its attempts. Given with leases only. */
  readonly seed: string;
}

export type Ending =
  | { readonly status: "failed"; readonly failure: Failure }
  | { readonly status: "canceled"; readonly failure?: Failure };

/** What happens when a run's code no longer fits its journal. */
export const ON_DIVERGENCE = ["restart", "fail", "hold"] as const;
export type OnDivergence = (typeof ON_DIVERGENCE)[number];

/** One line of a run's story. */
export interface RunEvent {
  readonly runId: string;
  /** From 1, without gaps, within the run. */
  readonly seq: number;
  readonly kind: RunEventKind;
  readonly at: number;
  readonly epoch: number;
  readonly attempt: number;
  readonly workerId?: string;
  /** JSON with what the kind calls for: a failure, a due time, a diff. */
  readonly details?: string;
}

/** A worker's right to continue a run. Every write that it makes carries both. */
export interface LeaseKey {
  readonly runId: string;
  readonly epoch: number;
}
