/** The verbs by name, as drivers run them. Each is a file of its own in `verbs/`; `store.ts` says what it promises. */
import type { StoreReads, StoreWrites } from "./store.ts";
import type { Statements, VerbContext } from "./verb.ts";
import { appendEntries } from "./verbs/append-entries.ts";
import { completeDueWaitpoints } from "./verbs/complete-waitpoints.ts";
import { countReady } from "./verbs/count-ready.ts";
import { createRuns } from "./verbs/create-runs.ts";
import { deleteRuns } from "./verbs/delete-runs.ts";
import { cancelRun, completeRun, failRun } from "./verbs/end-run.ts";
import { quarantineRun, reapRun, releaseRuns } from "./verbs/give-back.ts";
import { holdRun } from "./verbs/hold-run.ts";
import { leaseRuns } from "./verbs/lease-runs.ts";
import { parkRun } from "./verbs/park-run.ts";
import { putQueues } from "./verbs/put-queues.ts";
import { listCancelRequested, listExpiredLeases, listExpiredRuns, listOrphans, nextDue } from "./verbs/read-due.ts";
import {
  findEntry,
  listChildren,
  listEntries,
  listOwedUndos,
  listStepKeys,
  listWaitpoints,
} from "./verbs/read-journal.ts";
import { countRuns, findRun, listOpenVersions, listRunEvents, listRuns } from "./verbs/read-runs.ts";
import { renewLeases } from "./verbs/renew-leases.ts";
import { requestCancel } from "./verbs/request-end.ts";
import { restartRun } from "./verbs/restart-run.ts";
import { retryRun } from "./verbs/retry-run.ts";
import { undoRun } from "./verbs/undo-run.ts";
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
  deleteRuns,
} as const satisfies Generators<StoreWrites>;

export const reads = {
  findRun,
  listRuns,
  countRuns,
  listOpenVersions,
  listRunEvents,
  listEntries,
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
} as const satisfies Generators<StoreReads>;
