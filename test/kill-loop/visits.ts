/** Every kill of the tour: those of the table of crash points, and one at each failpoint that no row names. */
import { CRASH_POINTS, type CrashPoint, type Visit } from "./crash-points.ts";
import { FAILPOINTS, type Failpoint } from "./failpoints.ts";

/** By which order a failpoint without a row is come by. Its run must come to the end of its kind, and that is all. */
const OTHERS: Partial<Record<Failpoint, Omit<Visit, "at">>> = {
  "before the commit of leaseRuns": { order: "row" },
  "before the commit of renewLeases": { order: "endless", act: "cancel in step" },
  "after the commit of renewLeases": { order: "endless", act: "cancel in step" },
  "before the commit of restartRun": { order: "forgetful", act: "kill the workers waiting" },
  "after the commit of restartRun": { order: "forgetful", act: "kill the workers waiting" },
  "after the commit of retryRun": { order: "retried" },
  "before the commit of cancelRun": { order: "endless", act: "cancel waiting" },
  "after the commit of cancelRun": { order: "endless", act: "cancel waiting" },
  "before the commit of undoRun": { order: "undone" },
  "after the commit of undoRun": { order: "undone" },
  "before the commit of requestCancel": { order: "endless", act: "cancel waiting" },
  "after the commit of requestCancel": { order: "endless", act: "cancel in step" },
  "before the commit of releaseRuns": { order: "row", act: "stop the worker in step" },
  "after the commit of releaseRuns": { order: "row", act: "stop the worker in step" },
  "before the commit of reapRun": { order: "row", act: "kill the node in step" },
  "after the commit of reapRun": { order: "row", act: "kill the node in step" },
  "before the commit of wakeRun": { order: "called" },
  "after the commit of wakeRun": { order: "called" },
  "before the commit of completeDueWaitpoints": { order: "noted" },
  "after the commit of completeDueWaitpoints": { order: "noted" },
  "before the commit of putQueues": { order: "row", act: "restart the node" },
  "after the commit of putQueues": { order: "row", act: "restart the node" },
  "in a worker, before lease": { order: "row" },
  "in a worker, before renew": { order: "endless", act: "cancel in step" },
  "in a worker, after renew": { order: "endless", act: "cancel in step" },
  "in a worker, before release": { order: "row", act: "stop the worker in step" },
  "in a worker, after release": { order: "row", act: "stop the worker in step" },
  "in a worker, before unpark": { order: "called" },
  "in a worker, after unpark": { order: "called" },
  "in a worker, after finish": { order: "row" },
  "in a worker, before appendLogs": { order: "logging" },
  "in a worker, after appendLogs": { order: "logging" },
  "before the commit of createBatch": { order: "batched" },
  "after the commit of createBatch": { order: "batched" },
  "before the commit of changeMetadata": { order: "changed" },
  "after the commit of changeMetadata": { order: "changed" },
  "before the commit of addTags": { order: "changed" },
  "after the commit of addTags": { order: "changed" },
  "before the commit of rescheduleRun": { order: "rescheduled" },
  "after the commit of rescheduleRun": { order: "rescheduled" },
  "before the commit of resetIdempotencyKey": { order: "renewed" },
  "after the commit of resetIdempotencyKey": { order: "renewed" },
  "before the commit of createApiKey": { order: "keyed" },
  "after the commit of createApiKey": { order: "keyed" },
  "before the commit of noteKeyUse": { order: "keyed" },
  "after the commit of noteKeyUse": { order: "keyed" },
  "before the commit of revokeApiKey": { order: "keyed" },
  "after the commit of revokeApiKey": { order: "keyed" },
  "before the commit of useToken": { order: "tokened" },
  "after the commit of useToken": { order: "tokened" },
  "before the commit of pauseQueue": { order: "queuePaused" },
  "after the commit of pauseQueue": { order: "queuePaused" },
  "before the commit of settleQueue": { order: "queuePaused" },
  "after the commit of settleQueue": { order: "queuePaused" },
  "before the commit of overrideLimit": { order: "queuePaused" },
  "after the commit of overrideLimit": { order: "queuePaused" },
  "before the commit of resetLimit": { order: "queuePaused" },
  "after the commit of resetLimit": { order: "queuePaused" },
  "before the commit of resumeQueue": { order: "queuePaused" },
  "after the commit of resumeQueue": { order: "queuePaused" },
  "before the commit of noteCheck": { order: "allPaused" },
  "after the commit of noteCheck": { order: "allPaused" },
  "before the commit of pauseEnvironment": { order: "allPaused" },
  "after the commit of pauseEnvironment": { order: "allPaused" },
  "before the commit of resumeEnvironment": { order: "allPaused" },
  "after the commit of resumeEnvironment": { order: "allPaused" },
};

/** Reached when all else is over, since nothing is left then that could be looked at (`prune.ts`). */
export const PRUNING: readonly Failpoint[] = [
  "before the commit of deleteRuns",
  "after the commit of deleteRuns",
  "before the commit of deleteBatches",
  "after the commit of deleteBatches",
];

export interface PlannedVisit extends Visit {
  readonly row?: CrashPoint;
}

export const VISITS: readonly PlannedVisit[] = [
  ...CRASH_POINTS.flatMap((row) => row.visits.map((visit) => ({ ...visit, row }))),
  ...(Object.entries(OTHERS) as [Failpoint, Omit<Visit, "at">][]).map(([at, visit]) => ({ at, ...visit })),
];

/** Failpoints that the tour does not come to; there must be none. */
export function listMissed(): readonly Failpoint[] {
  const planned = new Set([...PRUNING, ...VISITS.map(({ at }) => at)]);
  return FAILPOINTS.filter((failpoint) => !planned.has(failpoint));
}
