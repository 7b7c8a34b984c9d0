import { sleep } from "../core/env.ts";
import type { PerdureError } from "../core/errors.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";
import { createAloneLane } from "./alone.ts";
import { type PoolOptions, sharedStart } from "./options.ts";
import { isFailing, pauseBeforeStart } from "./restarting.ts";
import { Staff } from "./staff.ts";
import { startProblem } from "./start-problem.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** How long a process gets to hand its runs back. */
const GRACE_MS = 10_000;

export interface PoolState {
  /** Of those that runs share: alive, whether or not they take runs yet. */
  readonly processes: number;
  /** Those that take runs. */
  readonly ready: number;
  /** Set when processes have failed to start again and again: `WORKER_START_FAILED`, and why. */
  readonly failing?: PerdureError;
}

/** A process of the pool as it is now. */
export interface ProcessView {
  readonly pid: number;
  readonly isReady: boolean;
  /** It executes one run at a time. */
  readonly isAlone: boolean;
  /** Memory that it may use. Absent: no limit. */
  readonly memoryMb?: number;
  /** Runs that it holds. */
  readonly held: number;
  /** How long its event loop has shown no sign of life. */
  readonly stalledMs: number;
  /** By how much its event loop was late last, at most. */
  readonly lagMs: number;
  /** Memory that it used last. */
  readonly rssMb: number;
}

/** The worker processes of one version. */
export interface Pool {
  readonly state: PoolState;
  /** Those that runs share, then those that execute one each. */
  readonly processes: readonly ProcessView[];
  /** Has `listener` called after each change of `state`. @returns Ends that. */
  onChange(listener: () => void): () => void;
  /** Something that an executing run waits for may have happened: the process that holds it looks. */
  poke(runId: string): void;
  /** Lets every process hand its runs back without burning an attempt; those that do not within `graceMs` are killed. */
  stop(graceMs?: number): Promise<void>;
}

/** Where one shared process stands, and its successor when it has died. */
interface Place {
  worker?: WorkerProcess;
  /** Starts in a row that failed. */
  failures: number;
  problem?: PerdureError;
}

/** Starts worker processes and keeps as many alive, until it is stopped. */
export function createPool(options: PoolOptions): Pool {
  const { env, size = 1, onProblem } = options;
  const listeners = new Set<() => void>();
  const stopping = new AbortController();
  const staff = new Staff(options, changed);
  const places = Array.from({ length: size }, (): Place => ({ failures: 0 }));
  const vacated = Promise.all(places.map(occupy));
  const alone = createAloneLane(options, staff);
  let stopped: Promise<void> | undefined;
  return {
    get state() {
      return stateOf(staff, places, alone.failing);
    },
    get processes() {
      return staff.alive.map((worker) => viewOf(worker, staff)).sort((a, b) => Number(a.isAlone) - Number(b.isAlone));
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    poke: (runId) => staff.book.holderOf(runId)?.poke(runId),
    stop: (graceMs = GRACE_MS) => (stopped ??= stop(graceMs)),
  };

  /** One process after the other, for as long as the pool lives. */
  async function occupy(place: Place): Promise<void> {
    while (!stopping.signal.aborted) {
      const problem = await live(place).catch((error: unknown) =>
        startProblem(options.module, error, { exitCode: null, signal: null }, ""),
      );
      delete place.worker;
      if (problem !== undefined && !stopping.signal.aborted) noteFailure(place, problem);
      await sleep(env, pauseBeforeStart(place.failures), stopping.signal);
    }
  }

  async function live(place: Place): Promise<PerdureError | undefined> {
    place.worker = staff.hire({ isAlone: false, start: sharedStart(options), lease: sharedLease(options) });
    return staff.accompany(place.worker, () => {
      place.failures = 0;
      delete place.problem;
    });
  }

  function noteFailure(place: Place, problem: PerdureError): void {
    place.failures += 1;
    place.problem = problem;
    onProblem(problem);
    changed();
  }

  async function stop(graceMs: number): Promise<void> {
    stopping.abort();
    await Promise.all([alone.stop(graceMs), ...places.map(({ worker }) => worker?.stop(graceMs))]);
    await vacated;
    listeners.clear();
  }

  function changed(): void {
    for (const listener of listeners) listener();
  }
}

/** Whatever a process asks for, it gets runs of this pool's tasks and version, and none that must be alone. */
function sharedLease({ calls, tasks, version }: PoolOptions): WorkerCalls["lease"] {
  return ({ workerId, leaseId, limit, waitMs }) =>
    calls.lease({
      ...{ workerId, leaseId, limit, waitMs },
      tasks,
      lane: "shared",
      ...(version === undefined ? {} : { version }),
    });
}

function stateOf(staff: Staff, places: readonly Place[], aloneFailing: PerdureError | undefined): PoolState {
  const shared = staff.alive.filter((worker) => staff.postOf(worker)?.isAlone === false);
  const failing = places.find(({ failures }) => isFailing(failures))?.problem ?? aloneFailing;
  return {
    processes: shared.length,
    ready: shared.filter(({ isReady }) => isReady).length,
    ...(failing === undefined ? {} : { failing }),
  };
}

function viewOf(worker: WorkerProcess, staff: Staff): ProcessView {
  const post = staff.postOf(worker);
  return {
    pid: worker.pid ?? 0,
    isReady: worker.isReady,
    isAlone: post?.isAlone ?? false,
    ...(post?.memoryMb === undefined ? {} : { memoryMb: post.memoryMb }),
    held: staff.book.heldBy(worker).length,
    ...worker.lastBeat,
  };
}
