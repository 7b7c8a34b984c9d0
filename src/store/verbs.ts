/** The verbs by name, as drivers run them. Each is a file of its own in `verbs/`; `store.ts` says what it promises. */
import type { StoreReads, StoreWrites } from "./store.ts";
import type { Statements, VerbContext } from "./verb.ts";
import { addTags } from "./verbs/add-tags.ts";
import {
  createApiKey,
  findApiKey,
  findApiKeyBySecret,
  listApiKeys,
  noteKeyUse,
  revokeApiKey,
} from "./verbs/api-keys.ts";
import { appendEntries } from "./verbs/append-entries.ts";
import { changeMetadata } from "./verbs/change-metadata.ts";
import { overrideLimit, pauseQueue, resetLimit, resumeQueue } from "./verbs/change-queues.ts";
import { completeDueWaitpoints } from "./verbs/complete-waitpoints.ts";
import { countReady } from "./verbs/count-ready.ts";
import { createBatch } from "./verbs/create-batch.ts";
import { createRuns } from "./verbs/create-runs.ts";
import { deleteBatches } from "./verbs/delete-batches.ts";
import { deleteRecords } from "./verbs/delete-records.ts";
import { deleteRuns } from "./verbs/delete-runs.ts";
import { cancelRun, completeRun, failRun } from "./verbs/end-run.ts";
import { findEnvironment, noteCheck, pauseEnvironment, resumeEnvironment } from "./verbs/environments.ts";
import { quarantineRun, reapRun, releaseRuns } from "./verbs/give-back.ts";
import { holdRun } from "./verbs/hold-run.ts";
import { leaseRuns } from "./verbs/lease-runs.ts";
import { settleQueue } from "./verbs/mark-runs.ts";
import { parkRun } from "./verbs/park-run.ts";
import { putBatchItems } from "./verbs/put-batch-items.ts";
import { putQueues } from "./verbs/put-queues.ts";
import { findBatch } from "./verbs/read-batches.ts";
import { listCancelRequested, listExpiredLeases, listExpiredRuns, listOrphans, nextDue } from "./verbs/read-due.ts";
import {
  findEntry,
  listChildren,
  listEntries,
  listJournals,
  listOwedUndos,
  listPlacedEntries,
  listStepKeys,
  listUnanswered,
  listWaitpoints,
} from "./verbs/read-journal.ts";
import {
  countRuns,
  findLastEvent,
  findRun,
  listFailures,
  listOpenVersions,
  listRunEvents,
  listRuns,
} from "./verbs/read-runs.ts";
import { renewLeases } from "./verbs/renew-leases.ts";
import { requestCancel } from "./verbs/request-end.ts";
import { rescheduleRun } from "./verbs/reschedule-run.ts";
import { resetIdempotencyKey } from "./verbs/reset-idempotency-key.ts";
import { restartRun } from "./verbs/restart-run.ts";
import { retryRun } from "./verbs/retry-run.ts";
import { countOpenVersions, surveyQueues } from "./verbs/survey.ts";
import { undoRun } from "./verbs/undo-run.ts";
import { useToken } from "./verbs/used-tokens.ts";
import { wakeRun } from "./verbs/wake.ts";

type Generators<Contract> = {
  readonly [Name in keyof Contract]: Contract[Name] extends (params: infer Params) => infer Result
    ? (params: Params, context: VerbContext) => Statements<Result>
    : never;
};

export const writes = {
  createRuns,
  leaseRuns,
  renewLeases,
  appendEntries,
  parkRun,
  holdRun,
  completeRun,
  retryRun,
  failRun,
  cancelRun,
  undoRun,
  requestCancel,
  restartRun,
  releaseRuns,
  reapRun,
  quarantineRun,
  wakeRun,
  completeDueWaitpoints,
  putQueues,
  pauseQueue,
  settleQueue,
  resumeQueue,
  overrideLimit,
  resetLimit,
  pauseEnvironment,
  resumeEnvironment,
  noteCheck,
  deleteRuns,
  deleteRecords,
  createBatch,
  putBatchItems,
  deleteBatches,
  changeMetadata,
  addTags,
  rescheduleRun,
  resetIdempotencyKey,
  createApiKey,
  revokeApiKey,
  noteKeyUse,
  useToken,
} as const satisfies Generators<StoreWrites>;

export const reads = {
  findRun,
  listRuns,
  listFailures,
  countRuns,
  listOpenVersions,
  listRunEvents,
  findLastEvent,
  listEntries,
  listJournals,
  listPlacedEntries,
  listUnanswered,
  findEntry,
  listStepKeys,
  listOwedUndos,
  listWaitpoints,
  listChildren,
  countReady,
  nextDue,
  listExpiredLeases,
  listOrphans,
  listExpiredRuns,
  listCancelRequested,
  findBatch,
  surveyQueues,
  findEnvironment,
  countOpenVersions,
  findApiKey,
  findApiKeyBySecret,
  listApiKeys,
} as const satisfies Generators<StoreReads>;

/** Those reads that go through all runs, or all open ones. On a file they are done apart, so that nobody waits behind them. */
export const surveys: ReadonlySet<string> = new Set<keyof StoreReads>([
  "countRuns",
  "surveyQueues",
  "countOpenVersions",
]);
