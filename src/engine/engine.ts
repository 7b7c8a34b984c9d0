import type { Env } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import { retryPolicy } from "../core/retry.ts";
import type { LeaseKey } from "../core/run.ts";
import type { TaskDefaults, TaskManifest } from "../core/task-manifest.ts";
import type { Store } from "../store/store.ts";
import { awaitRun } from "./await-run.ts";
import { cancelRun } from "./cancel-run.ts";
import {
  getQueue,
  listQueues,
  overrideLimit,
  pauseEverything,
  pauseQueue,
  resetLimit,
  resumeEverything,
  resumeQueue,
} from "./control-queues.ts";
import { at, type EngineDeps } from "./deps.ts";
import { createEndings } from "./endings.ts";
import { explainRun } from "./explain-run.ts";
import { type FinishAttempt, finishAttempt } from "./finish-attempt.ts";
import { createHints, type Hints } from "./hints.ts";
import { listRuns, type RunQuery } from "./list-runs.ts";
import type { LoopOptions } from "./loops/loop.ts";
import { createLoops, type Loops } from "./loops/loops.ts";
import { reapOrphans } from "./loops/reaper.ts";
import { type EngineMeter, meteredStore } from "./metering.ts";
import { type ParkRun, parkRun, unparkRun } from "./park-run.ts";
import { createPokes } from "./pokes.ts";
import { declaredQueues } from "./queues.ts";
import { journalReads } from "./read-journal.ts";
import { reapLeases } from "./reap-leases.ts";
import { recordEntries } from "./record-entries.ts";
import { releaseRuns } from "./release-runs.ts";
import { renewLeases } from "./renew-leases.ts";
import { type ReplayRun, replayRun } from "./replay-run.ts";
import { restartRun } from "./restart-run.ts";
import { getRun, listRunEvents } from "./retrieve-run.ts";
import { retryingStore } from "./retrying.ts";
import { takeSurvey } from "./survey.ts";
import { type TriggerFromRun, triggerFromRun } from "./trigger-from-run.ts";
import { type TriggerRuns, triggerRuns } from "./trigger-runs.ts";

export interface EngineOptions {
  /** Stays its owner's: stopping the engine does not close it. */
  readonly store: Store;
  readonly env: Env;
  readonly environmentId: string;
  readonly tasks: readonly TaskManifest[];
  readonly defaults?: TaskDefaults;
  /** Of the code that this node runs; new runs remember it. */
  readonly taskVersion?: string;
  /** The version that runs start under, where workers have versions. Default: that of whoever takes them. */
  readonly latestVersion?: string;
  /** How long a worker owns a run without being heard. */
  readonly leaseMs?: number;
  /** How long final runs are kept. Absent: for good. */
  readonly retentionMs?: number;
  /** Told of what happens to runs. */
  readonly meter?: EngineMeter;
  /** Told of errors that nobody waits for, such as a loop's; the loops go on. */
  readonly onProblem: LoopOptions["onProblem"];
}

export type Engine = ReturnType<typeof createEngine>;

const DEFAULT_LEASE_MS = 30_000;

/**
 * The use-cases over one store, and the loops that do what is due without being asked.
 *
 * @throws {PerdureError} `TASK_DUPLICATE`, or `OPTION_INVALID` for queues and retry policies that contradict themselves.
 */
export function createEngine(options: EngineOptions) {
  const { tasks, env, onProblem, retentionMs } = options;
  const queues = declaredQueues(tasks);
  const pokes = createPokes(onProblem);
  const endings = createEndings();
  const deps: EngineDeps = {
    store: meteredStore(retryingStore(options.store, env), options.meter),
    env,
    environmentId: options.environmentId,
    tasks: tasksById(tasks),
    defaults: checkedDefaults(options),
    taskVersion: options.taskVersion,
    latestVersion: options.latestVersion,
    leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS,
    hints: hintsFor(() => loops, options.store, endings.tell, pokes.tell),
    endings,
    largeJournals: new Set(),
  };
  const loops = createLoops(deps, { onProblem, retentionMs });
  let starting: Promise<void> | undefined;

  return {
    /** Declares the queues, hands the runs of dead workers on, and starts the loops. */
    start: (): Promise<void> => (starting ??= start(deps, queues, loops)),
    /** Ends the loops and lets go of everyone who waits here. */
    async stop(): Promise<void> {
      endings.close();
      await loops.stop();
    },
    /** Has `listener` called with each executing run whose worker should look. @returns Ends that. */
    onPoke: pokes.listen,
    listOpenVersions: () => deps.store.listOpenVersions({ environmentId: deps.environmentId }),
    reapLeases: (leases: readonly LeaseKey[]) => reapLeases(deps, leases),

    triggerRuns: (input: TriggerRuns) => triggerRuns(deps, input),
    getRun: (runId: string) => getRun(deps, runId),
    listRuns: (query: RunQuery) => listRuns(deps, query),
    listRunEvents: (page: Parameters<typeof listRunEvents>[1]) => listRunEvents(deps, page),
    cancelRun: (runId: string) => cancelRun(deps, runId),
    replayRun: (input: ReplayRun) => replayRun(deps, input),
    restartRun: (runId: string) => restartRun(deps, runId),
    awaitRun: (input: Parameters<typeof awaitRun>[1]) => awaitRun(deps, input),
    explainRun: (runId: string) => explainRun(deps, runId, loops.isAskedFor),

    listQueues: () => listQueues(deps),
    getQueue: (name: string) => getQueue(deps, name),
    pauseQueue: (name: string) => pauseQueue(deps, name),
    resumeQueue: (name: string) => resumeQueue(deps, name),
    overrideLimit: (name: string, limit: number) => overrideLimit(deps, name, limit),
    resetLimit: (name: string) => resetLimit(deps, name),
    pauseEverything: () => pauseEverything(deps),
    resumeEverything: () => resumeEverything(deps),
    takeSurvey: () => takeSurvey(deps),
    /** Writes something that does not matter. Not repeated: whoever asks wants to know whether it works now. */
    checkStore: () => options.store.noteCheck(at(deps)),

    leaseRuns: async (call: Parameters<Loops["lease"]>[0]) => ({
      runs: await loops.lease(call),
      leaseMs: deps.leaseMs,
      now: deps.store.now(),
    }),
    renewLeases: (leases: readonly LeaseKey[]) => renewLeases(deps, leases),
    releaseRuns: (leases: readonly LeaseKey[]) => releaseRuns(deps, leases),
    recordEntries: (input: Parameters<typeof recordEntries>[1]) => recordEntries(deps, input),
    triggerFromRun: (input: TriggerFromRun) => triggerFromRun(deps, input),
    parkRun: (input: ParkRun) => parkRun(deps, input),
    unparkRun: (lease: LeaseKey) => unparkRun(deps, lease),
    finishAttempt: (input: FinishAttempt) => finishAttempt(deps, input),
    ...journalReads(deps),
  };
}

async function start(deps: EngineDeps, queues: ReturnType<typeof declaredQueues>, loops: Loops): Promise<void> {
  await deps.store.putQueues({ ...at(deps), queues });
  if (deps.store.isSingleNode) await reapOrphans(deps);
  loops.start();
}

function hintsFor(
  loops: () => Loops,
  store: Store,
  finished: (runId: string) => void,
  poke: (runId: string) => void,
): Hints {
  const wakeAt = (name: "dispatcher" | "reaper" | "waker" | "expirer") => (instant: number) =>
    loops()[name].wakeIn(Math.max(0, instant - store.now()));
  return createHints({
    dispatcher: wakeAt("dispatcher"),
    reaper: wakeAt("reaper"),
    waker: wakeAt("waker"),
    expirer: wakeAt("expirer"),
    canceler: () => loops().canceler.wake(),
    finished,
    poke,
  });
}

function tasksById(tasks: readonly TaskManifest[]): ReadonlyMap<string, TaskManifest> {
  const byId = new Map<string, TaskManifest>();
  for (const task of tasks) {
    if (byId.has(task.id)) throw perdureError("TASK_DUPLICATE", { task: task.id });
    byId.set(task.id, task);
  }
  return byId;
}

/** A policy out of range is refused now, not at the first trigger. */
function checkedDefaults({ defaults = {}, tasks }: EngineOptions): TaskDefaults {
  const policy = retryPolicy(defaults.retry);
  for (const { retry } of tasks) retryPolicy(retry, policy);
  return defaults;
}
