/** Every kill of the tour: those of the table of crash points, and one at each failpoint that no row names. */

import type { StoreWrites } from "../../src/store/store.ts";
import { CRASH_POINTS, type CrashPoint, type Visit } from "./crash-points.ts";
import { FAILPOINTS, type Failpoint } from "./failpoints.ts";
import type { KindName } from "./kinds.ts";

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
};

/** Orders of several calls, and the verbs by which they come, in turn: one order is killed over twice for each. */
const IN_TURN: readonly { readonly order: KindName; readonly verbs: readonly (keyof StoreWrites)[] }[] = [
  { order: "batched", verbs: ["createBatch"] },
  { order: "changed", verbs: ["changeMetadata", "addTags"] },
  { order: "rescheduled", verbs: ["rescheduleRun"] },
  { order: "renewed", verbs: ["resetIdempotencyKey"] },
  { order: "keyed", verbs: ["createApiKey", "noteKeyUse", "revokeApiKey"] },
  { order: "tokened", verbs: ["useToken"] },
  { order: "queuePaused", verbs: ["pauseQueue", "settleQueue", "overrideLimit", "resetLimit", "resumeQueue"] },
  { order: "allPaused", verbs: ["noteCheck", "pauseEnvironment", "resumeEnvironment"] },
];

/** Reached when all else is over, since nothing is left then that could be looked at (`prune.ts`). */
export const PRUNING: readonly Failpoint[] = [
  "before the commit of deleteRuns",
  "after the commit of deleteRuns",
  "before the commit of deleteRecords",
  "after the commit of deleteRecords",
  "before the commit of deleteBatches",
  "after the commit of deleteBatches",
];

export interface PlannedVisit extends Visit {
  readonly row?: CrashPoint;
  /** Others that the same order comes by later. */
  readonly then?: readonly Failpoint[];
}

export const VISITS: readonly PlannedVisit[] = [
  ...CRASH_POINTS.flatMap((row) => row.visits.map((visit) => ({ ...visit, row }))),
  ...(Object.entries(OTHERS) as [Failpoint, Omit<Visit, "at">][]).map(([at, visit]) => ({ at, ...visit })),
  ...IN_TURN.map(({ order, verbs }) => {
    const [at, ...then] = verbs.flatMap((verb): Failpoint[] => [
      `before the commit of ${verb}`,
      `after the commit of ${verb}`,
    ]);
    return { at: at as Failpoint, then, order };
  }),
];

/** Failpoints that the tour does not come to; there must be none. */
export function listMissed(): readonly Failpoint[] {
  const planned = new Set([...PRUNING, ...VISITS.flatMap(({ at, then = [] }) => [at, ...then])]);
  return FAILPOINTS.filter((failpoint) => !planned.has(failpoint));
}
