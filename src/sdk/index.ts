/**
 * The SDK: what application code and task code import. Runs wherever JavaScript runs, so nothing here needs Node.
 *
 * A call outside a run goes to a node through `protocol`; a call inside a run goes to the worker that executes it, which
 * leads it through the run's journal. The two meet in `host.ts`: an object in `globalThis`, since a task bundle carries its
 * own copy of these files. What users hand us is checked and encoded here (`options.ts`, `payload.ts`, `task.ts`) before
 * anything is sent. Nothing here knows of engine, store or server. What `internal.ts` adds is for the other rooms of
 * this package and no part of what users get.
 */

export type { BatchStatus } from "../core/batch.ts";
export type { Duration, DurationParts } from "../core/duration.ts";
export type { EffectMode, EffectOptions, OnUncertain } from "../core/effect-mode.ts";
export { type ErrorCode, isPerdureError, PerdureError } from "../core/errors.ts";
export { AbortTaskRunError, RetryAfterError, SubtaskUnwrapError } from "../core/failure.ts";
export type { Isolation, IsolationOptions, Machine } from "../core/isolation.ts";
export type { LogLevel, LogSource } from "../core/log-line.ts";
export type { MetadataChange } from "../core/metadata-change.ts";
export type { PerdureConfig } from "../core/project-config.ts";
export type { RetryOptions } from "../core/retry.ts";
export type { OnDivergence } from "../core/run.ts";
export type { RunPhase, RunStatus } from "../core/run-state.ts";
export type { WaitReason } from "../core/why-waiting.ts";
export {
  type Auth,
  auth,
  type PublicTokenOptions,
  type PublicTokenResources,
  type PublicTokenScopes,
  type TriggerTokenOptions,
} from "./auth.ts";
export type { BatchObject } from "./batches.ts";
export { type ConfigureOptions, configure } from "./configure.ts";
export type { RunContext, StepOptions, StepTools } from "./context.ts";
export { defineConfig } from "./define-config.ts";
export type { RunTools } from "./definition.ts";
export { idempotencyKeys } from "./idempotency-keys.ts";
/** @internal */
export * from "./internal.ts";
export { type CreateKeyOptions, type Keys, keys, type NewSecretKey, type SecretKey } from "./keys.ts";
export { logger } from "./logger.ts";
export { type Metadata, metadata } from "./metadata.ts";
export type { TriggerOptions } from "./options.ts";
export {
  type QueueObject,
  type QueueReference,
  type Queues,
  type QueuesPage,
  queues,
} from "./queues.ts";
export type { JournalEntry, JournalOfRun, JournalOptions } from "./run-journal.ts";
export type { FollowLogsOptions, LogsOfRunOptions, RunLogLine } from "./run-logs.ts";
export {
  type ListRunsOptions,
  type RunObject,
  type RunOf,
  type Runs,
  type RunsPage,
  runs,
} from "./runs.ts";
export { rollback, step } from "./steps.ts";
export { tags } from "./tags.ts";
export {
  type AnyTask,
  schemaTask,
  type Task,
  type TaskIdentifier,
  type TaskOptions,
  type TaskOutput,
  type TaskPayload,
  task,
} from "./task.ts";
export { type Tasks, tasks } from "./tasks.ts";
export {
  type BatchHandle,
  type BatchItem,
  type BatchResult,
  batch,
  type RunHandle,
  type TaskRunPromise,
  type TaskRunResult,
} from "./trigger.ts";
export { type WaitOptions, wait } from "./wait.ts";
