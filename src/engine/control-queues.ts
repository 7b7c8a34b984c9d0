import { perdureError } from "../core/errors.ts";
import type { QueueState } from "../core/queue.ts";
import { at, type EngineDeps } from "./deps.ts";

/** What can be done with queues from outside. */
export function queueControls(deps: EngineDeps) {
  return {
    listQueues: () => listQueues(deps),
    getQueue: (name: string) => getQueue(deps, name),
    pauseQueue: (name: string) => pauseQueue(deps, name),
    resumeQueue: (name: string) => resumeQueue(deps, name),
    overrideLimit: (name: string, limit: number) => overrideLimit(deps, name, limit),
    resetLimit: (name: string) => resetLimit(deps, name),
    pauseEverything: () => pauseEverything(deps),
    resumeEverything: () => resumeEverything(deps),
  };
}

/** All of them by name, and since when they are paused together. */
async function listQueues({
  store,
  environmentId,
}: EngineDeps): Promise<{ readonly queues: readonly QueueState[]; readonly pausedAt?: number }> {
  const [queues, environment] = await Promise.all([
    store.surveyQueues({ environmentId, now: store.now() }),
    store.findEnvironment({ environmentId }),
  ]);
  return { queues, ...environment };
}

/**
 * A queue that a task declares or that has open runs.
 *
 * @throws {PerdureError} `QUEUE_NOT_FOUND`.
 */
async function getQueue({ store, environmentId }: EngineDeps, name: string): Promise<QueueState> {
  const [queue] = await store.surveyQueues({ environmentId, now: store.now(), names: [name] });
  if (queue === undefined) throw perdureError("QUEUE_NOT_FOUND", { queue: name });
  return queue;
}

/**
 * Nothing of the queue begins after this was answered; what executes goes on.
 *
 * @throws {PerdureError} `QUEUE_NOT_FOUND`.
 */
async function pauseQueue(deps: EngineDeps, name: string): Promise<QueueState> {
  await getQueue(deps, name);
  await deps.store.pauseQueue({ ...at(deps), name });
  await deps.store.settleQueue({ ...at(deps), name });
  return getQueue(deps, name);
}

/** @throws {PerdureError} `QUEUE_NOT_FOUND`. */
async function resumeQueue(deps: EngineDeps, name: string): Promise<QueueState> {
  await getQueue(deps, name);
  await deps.store.resumeQueue({ ...at(deps), name });
  deps.hints.ready();
  return getQueue(deps, name);
}

/**
 * Sets a limit that holds until it is reset, whatever the tasks declare.
 *
 * @throws {PerdureError} `QUEUE_NOT_FOUND`.
 */
async function overrideLimit(deps: EngineDeps, name: string, concurrencyLimit: number): Promise<QueueState> {
  await getQueue(deps, name);
  await deps.store.overrideLimit({ ...at(deps), name, concurrencyLimit });
  deps.hints.ready();
  return getQueue(deps, name);
}

/** @throws {PerdureError} `QUEUE_NOT_FOUND`. */
async function resetLimit(deps: EngineDeps, name: string): Promise<QueueState> {
  await getQueue(deps, name);
  await deps.store.resetLimit({ ...at(deps), name });
  deps.hints.ready();
  return getQueue(deps, name);
}

/** @returns Since when nothing begins. */
async function pauseEverything(deps: EngineDeps): Promise<number> {
  const { pausedAt } = await deps.store.pauseEnvironment(at(deps));
  return pausedAt;
}

/** Queues that are paused by themselves stay so. */
async function resumeEverything(deps: EngineDeps): Promise<void> {
  await deps.store.resumeEnvironment(at(deps));
  deps.hints.ready();
}
