import { childEnvironment } from "../core/child-environment.ts";
import { sleep } from "../core/env.ts";
import type { PerdureError } from "../core/errors.ts";
import { LeaseBook } from "./lease-book.ts";
import { limitsOf, type PoolOptions, workerStart } from "./options.ts";
import { isFailing, pauseBeforeStart } from "./restarting.ts";
import { startProblem } from "./start-problem.ts";
import { type WorkerEnd, WorkerProcess } from "./worker-process.ts";

/** How long a process gets to hand its runs back. */
const GRACE_MS = 10_000;

export interface PoolState {
  /** Alive, whether or not they take runs yet. */
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
  /** Runs that it holds. */
  readonly held: number;
  /** How long its event loop has shown no sign of life. */
  readonly stalledMs: number;
  /** By how much its event loop was late last, at most. */
  readonly lagMs: number;
  readonly rssBytes: number;
}

/** The worker processes of one version. */
export interface Pool {
  readonly state: PoolState;
  readonly processes: readonly ProcessView[];
  /** Has `listener` called after each change of `state`. @returns Ends that. */
  onChange(listener: () => void): () => void;
  /** Something that an executing run waits for may have happened: the process that holds it looks. */
  poke(runId: string): void;
  /** Lets every process hand its runs back without burning an attempt; those that do not within `graceMs` are killed. */
  stop(graceMs?: number): Promise<void>;
}

/** Where one process stands, and its successor when it has died. */
interface Place {
  /** Starts in a row that failed. */
  failures: number;
  problem?: PerdureError;
}

/** Starts worker processes and keeps as many alive, until it is stopped. */
export function createPool(options: PoolOptions): Pool {
  const { env, size = 1, variableNames = [], onProblem } = options;
  const limits = limitsOf(options);
  const book = new LeaseBook<WorkerProcess>();
  const alive = new Set<WorkerProcess>();
  const listeners = new Set<() => void>();
  const stopping = new AbortController();
  const places = Array.from({ length: size }, (): Place => ({ failures: 0 }));
  const vacated = Promise.all(places.map(occupy));
  let stopped: Promise<void> | undefined;
  return {
    get state() {
      return stateOf(alive, places);
    },
    get processes() {
      return [...alive].map((worker) => viewOf(worker, book));
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    poke: (runId) => book.holderOf(runId)?.poke(runId),
    stop: (graceMs = GRACE_MS) => (stopped ??= stop(graceMs)),
  };

  /** One process after the other, for as long as the pool lives. */
  async function occupy(place: Place): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await live(place);
      } catch (error) {
        noteFailure(place, startProblem(options.module, error, { exitCode: null, signal: null }, ""));
      }
      await sleep(env, pauseBeforeStart(place.failures), stopping.signal);
    }
  }

  /** One process, from its start until its runs are in other hands. */
  async function live(place: Place): Promise<void> {
    const worker = new WorkerProcess({
      ...options,
      limits,
      book,
      variables: childEnvironment(process.env, variableNames),
    });
    alive.add(worker);
    changed();
    const said = await started(worker, place);
    const end = await worker.ended;
    alive.delete(worker);
    if (!stopping.signal.aborted) options.onWorkerEnded?.(end);
    if (said !== undefined && !stopping.signal.aborted)
      noteFailure(place, startProblem(options.module, said.problem, end, `${worker.lastLines}`));
    changed();
    await handOver(worker, end).catch(onProblem);
  }

  async function handOver(worker: WorkerProcess, cause: WorkerEnd): Promise<void> {
    const leases = book.drop(worker);
    if (leases.length === 0) return;
    // Runs of a process that did not stop in time have done no harm: nothing is counted against them.
    if (cause.killedFor === "stop") await options.calls.release({ workerId: `${worker.pid}`, leases });
    else await options.onWorkerLost({ pid: worker.pid ?? 0, leases, cause });
  }

  function noteFailure(place: Place, problem: PerdureError): void {
    place.failures += 1;
    place.problem = problem;
    onProblem(problem);
    changed();
  }

  /** @returns What it said, when it did not start. */
  async function started(worker: WorkerProcess, place: Place): Promise<{ readonly problem: unknown } | undefined> {
    try {
      await worker.start(workerStart(options));
    } catch (problem) {
      worker.kill();
      return { problem };
    }
    place.failures = 0;
    delete place.problem;
    changed();
    return undefined;
  }

  async function stop(graceMs: number): Promise<void> {
    stopping.abort();
    await Promise.all([...alive].map((worker) => worker.stop(graceMs)));
    await vacated;
    listeners.clear();
  }

  function changed(): void {
    for (const listener of listeners) listener();
  }
}

function stateOf(alive: ReadonlySet<WorkerProcess>, places: readonly Place[]): PoolState {
  const failing = places.find(({ failures }) => isFailing(failures))?.problem;
  return {
    processes: alive.size,
    ready: [...alive].filter(({ isReady }) => isReady).length,
    ...(failing === undefined ? {} : { failing }),
  };
}

function viewOf(worker: WorkerProcess, book: LeaseBook<WorkerProcess>): ProcessView {
  return {
    pid: worker.pid ?? 0,
    isReady: worker.isReady,
    held: book.heldBy(worker).length,
    ...worker.lastBeat,
  };
}
