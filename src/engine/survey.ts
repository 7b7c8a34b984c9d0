import type { QueueState } from "../core/queue.ts";
import type { RunStatus } from "../core/run-state.ts";
import type { StoreDescription } from "../store/description.ts";
import type { EngineDeps } from "./deps.ts";

/** What a node knows of its runs, in numbers. */
export interface Survey {
  readonly now: number;
  readonly runs: Readonly<Record<RunStatus, number>>;
  readonly queues: readonly QueueState[];
  readonly versions: readonly { readonly id: string; readonly runs: number }[];
  /** Since when everything is paused. */
  readonly pausedAt?: number;
  readonly store: StoreDescription;
}

/** Counts that read all open runs: for people and monitoring, not for decisions. */
export async function takeSurvey({ store, environmentId }: EngineDeps): Promise<Survey> {
  const now = store.now();
  const [runs, queues, versions, environment, description] = await Promise.all([
    store.countRuns({ environmentId }),
    store.surveyQueues({ environmentId, now }),
    store.countOpenVersions({ environmentId }),
    store.findEnvironment({ environmentId }),
    store.describe(),
  ]);
  return { now, runs, queues, versions, store: description, ...environment };
}
