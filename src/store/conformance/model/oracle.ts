import type { BatchWrites } from "../../batch-verbs.ts";
import type { KeyWrites } from "../../key-verbs.ts";
import type { OutsideWrites } from "../../outside-verbs.ts";
import type { StoreWrites } from "../../store.ts";
import { createRuns } from "./create.ts";
import { cancelRun, completeRun, deleteRuns, failRun, requestCancel, restartRun, retryRun, undoRun } from "./ends.ts";
import { appendEntries, holdRun, parkRun } from "./journal.ts";
import {
  completeDueWaitpoints,
  leaseRuns,
  quarantineRun,
  reapRun,
  releaseRuns,
  renewLeases,
  wakeRun,
} from "./leases.ts";
import {
  noteCheck,
  overrideLimit,
  pauseEnvironment,
  pauseQueue,
  putQueues,
  resetLimit,
  resumeEnvironment,
  resumeQueue,
  settleQueue,
} from "./queues.ts";
import type { Model } from "./state.ts";

type Modelled<Contract> = {
  readonly [Name in keyof Contract]: Contract[Name] extends (params: infer Params) => infer Result
    ? (model: Model, params: Params) => Result
    : never;
};

/** What executes runs. Batches, changes from outside, keys and automatic effects have chapters of their own. */
export type ModelledWrites = Omit<
  StoreWrites,
  keyof BatchWrites | keyof OutsideWrites | keyof KeyWrites | "deleteRecords"
>;

export const ORACLE: Modelled<ModelledWrites> = {
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
};

export interface Call {
  readonly verb: keyof ModelledWrites;
  // biome-ignore lint/suspicious/noExplicitAny: the parameters of whichever verb it is.
  readonly params: any;
}

export function ask(model: Model, { verb, params }: Call): unknown {
  // The model keeps what it is given and hands out what it keeps: copies, so that neither side changes the other.
  return structuredClone((ORACLE[verb] as (model: Model, params: unknown) => unknown)(model, structuredClone(params)));
}
