import type { KeyWrites } from "../../key-verbs.ts";
import type { StoreWrites } from "../../store.ts";
import { createRuns } from "./create.ts";
import { cancelRun, completeRun, deleteRuns, failRun, requestCancel, restartRun, retryRun, undoRun } from "./ends.ts";
import { appendEntries, holdRun, parkRun } from "./journal.ts";
import { completeDueWaitpoints, leaseRuns, putQueues, reapRun, releaseRuns, renewLeases, wakeRun } from "./leases.ts";
import type { Model } from "./state.ts";

type Modelled<Contract> = {
  readonly [Name in keyof Contract]: Contract[Name] extends (params: infer Params) => infer Result
    ? (model: Model, params: Params) => Result
    : never;
};

/** Those that change runs; the others have chapters of their own and touch no run. */
export type RunWrites = Omit<StoreWrites, keyof KeyWrites>;

export const ORACLE: Modelled<RunWrites> = {
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
  wakeRun,
  completeDueWaitpoints,
  putQueues,
  deleteRuns,
};

export interface Call {
  readonly verb: keyof RunWrites;
  // biome-ignore lint/suspicious/noExplicitAny: the parameters of whichever verb it is.
  readonly params: any;
}

export function ask(model: Model, { verb, params }: Call): unknown {
  // The model keeps what it is given and hands out what it keeps: copies, so that neither side changes the other.
  return structuredClone((ORACLE[verb] as (model: Model, params: unknown) => unknown)(model, structuredClone(params)));
}
