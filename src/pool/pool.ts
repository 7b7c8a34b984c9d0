import type { PerdureError } from "../core/errors.ts";
import { createAloneLane } from "./alone.ts";
import type { PoolOptions } from "./options.ts";
import { createSharedLane } from "./shared.ts";
import { Staff } from "./staff.ts";
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

/** Starts worker processes, and others where they have died, until it is stopped. */
export function createPool(options: PoolOptions): Pool {
  const listeners = new Set<() => void>();
  const staff = new Staff(options, changed);
  const shared = createSharedLane(options, staff, changed);
  const alone = createAloneLane(options, staff);
  let stopped: Promise<void> | undefined;
  return {
    get state() {
      return stateOf(staff, shared.failing ?? alone.failing);
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

  async function stop(graceMs: number): Promise<void> {
    await Promise.all([shared.stop(graceMs), alone.stop(graceMs)]);
    listeners.clear();
  }

  function changed(): void {
    for (const listener of listeners) listener();
  }
}

function stateOf(staff: Staff, failing: PerdureError | undefined): PoolState {
  const shared = staff.alive.filter((worker) => staff.postOf(worker)?.isAlone === false);
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
