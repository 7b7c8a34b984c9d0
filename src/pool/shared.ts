import { sleep, type Timer } from "../core/env.ts";
import type { PerdureError } from "../core/errors.ts";
import { mayBePressed, nextTrend, type PoolBounds, startTrend } from "../core/pool-size.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";
import { boundsOf, type PoolOptions, sharedStart } from "./options.ts";
import { isFailing, pauseBeforeStart } from "./restarting.ts";
import type { Staff } from "./staff.ts";
import { startProblem } from "./start-problem.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** Processes that many runs share: as many as there is work for. */
export interface SharedLane {
  /** Set when processes have failed to start again and again. */
  readonly failing: PerdureError | undefined;
  stop(graceMs: number): Promise<void>;
}

/** Where one process stands, and its successor when it has died. */
interface Place {
  readonly leaving: AbortController;
  worker?: WorkerProcess;
  /** Starts in a row that failed. */
  failures: number;
  problem?: PerdureError;
}

const LOOK_MS = 1_000;
const GRACE_MS = 10_000;

/** @param onChange - Called when a process has failed to start. */
export function createSharedLane(options: PoolOptions, staff: Staff, onChange: () => void): SharedLane {
  const { env, module, countReady, onProblem } = options;
  const bounds = boundsOf(options);
  const places = new Set<Place>();
  const lives = new Set<Promise<void>>();
  let trend = startTrend(bounds);
  let isStopped = false;
  let timer: Timer | undefined;
  for (let i = 0; i < bounds.min; i++) open();
  if (bounds.max > bounds.min) lookLater();
  return {
    get failing() {
      return [...places].find(({ failures }) => isFailing(failures))?.problem;
    },
    async stop(graceMs) {
      isStopped = true;
      timer?.clear();
      await Promise.all([...places].map((place) => close(place, graceMs)));
      await Promise.all(lives);
    },
  };

  function open(): void {
    const place: Place = { leaving: new AbortController(), failures: 0 };
    places.add(place);
    const life = occupy(place).finally(() => lives.delete(life));
    lives.add(life);
  }

  /** Its runs go back, and are taken by the others. */
  async function close(place: Place, graceMs: number): Promise<void> {
    place.leaving.abort();
    await place.worker?.stop(graceMs);
  }

  /** One process after the other, for as long as the place is there. */
  async function occupy(place: Place): Promise<void> {
    const { signal } = place.leaving;
    while (!signal.aborted) {
      const problem = await live(place).catch((error: unknown) =>
        startProblem(module, error, { exitCode: null, signal: null }, ""),
      );
      delete place.worker;
      if (problem !== undefined && !signal.aborted) noteFailure(place, problem);
      await sleep(env, pauseBeforeStart(place.failures), signal);
    }
    places.delete(place);
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
    onChange();
  }

  function lookLater(): void {
    timer = env.timer(LOOK_MS, () => {
      void look()
        .catch(onProblem)
        .finally(() => {
          if (!isStopped) lookLater();
        });
    });
  }

  /** Grows or shrinks by one process, when the looks so far say so. */
  async function look(): Promise<void> {
    const workers = [...places].flatMap(({ worker }) => worker ?? []);
    const ready = workers.filter(({ isReady }) => isReady);
    const load = {
      ready: ready.length,
      held: ready.reduce((sum, worker) => sum + staff.book.heldBy(worker).length, 0),
      slots: sharedStart(options).concurrency,
      lagMs: ready.length === 0 ? 0 : Math.min(...ready.map(({ lastBeat }) => lastBeat.lagMs)),
    };
    const backlog = mayBePressed(load) ? ((await countReady?.()) ?? 0) : 0;
    if (isStopped) return;
    trend = nextTrend(bounds, { ...load, backlog }, trend);
    obey(trend.size, bounds);
  }

  function obey(size: number, { min }: PoolBounds): void {
    const staying = [...places].filter(({ leaving }) => !leaving.signal.aborted);
    if (size > staying.length) open();
    if (size >= staying.length || staying.length <= min) return;
    const leaving = staying.reduce((least, place) => (heldIn(place) < heldIn(least) ? place : least));
    void close(leaving, GRACE_MS);
  }

  function heldIn({ worker }: Place): number {
    return worker === undefined ? 0 : staff.book.heldBy(worker).length;
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
