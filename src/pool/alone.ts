import { sleep, type Timer } from "../core/env.ts";
import type { PerdureError } from "../core/errors.ts";
import { createId } from "../core/ids.ts";
import type { LeasedRun, Run } from "../core/run.ts";
import type { LeaseAnswer } from "../protocol/worker-calls.ts";
import { gainedLease } from "./lease-news.ts";
import { aloneStart, type PoolOptions } from "./options.ts";
import { isFailing, pauseBeforeStart } from "./restarting.ts";
import type { Staff } from "./staff.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** Processes that execute one run each: of isolated tasks, and in quarantine. */
export interface AloneLane {
  /** Set when processes have failed to start again and again. */
  readonly failing: PerdureError | undefined;
  stop(graceMs: number): Promise<void>;
}

/** A process, and the run that it has or is to get. */
interface Seat {
  readonly worker: WorkerProcess;
  /** 0 for no limit. */
  readonly memoryMb: number;
  /** `settling`: its run has left, and the next beat says whether it is fit for another. */
  state: "idle" | "busy" | "settling" | "leaving";
  next?: LeasedRun;
  /** Memory that it took before its first run, as far as a beat had said so. */
  baseMb?: number;
  /** Answers the worker's request for a run. */
  give?: (answer: LeaseAnswer) => void;
  /** How long it may stay idle. */
  patience?: Timer;
}

const DEFAULT_SEATS = 4;
const LEASE_WAIT_MS = 30_000;
/** Pause after a request that failed. */
const TROUBLE_MS = 1_000;
/**
 * A process that nobody needed for so long is ended; until then a run of its kind begins without the wait for a start (on a machine
 * that was busy beyond measure 0.2 s instead of 2.4).
 */
const SPARE_MS = 60_000;
/** Memory by which a process may have grown since its first run and still be given another; of a larger limit, an eighth. */
const GROWTH_MB = 32;
const GROWTH_SHARE = 0.125;

/**
 * Leases the runs that share no process, in the pool's own name, and seats each in a process of its own: one that is idle,
 * or a new one. The worker in it asks for runs as every other, and is given this one.
 */
export function createAloneLane(options: PoolOptions, staff: Staff): AloneLane {
  const { env, calls, alone: seatsInAll = DEFAULT_SEATS, tasks, version, onProblem } = options;
  const workerId = createId("worker", env);
  const seats = new Set<Seat>();
  const lives = new Set<Promise<void>>();
  const stopping = new AbortController();
  let failures = 0;
  let problem: PerdureError | undefined;
  let freed: () => void = () => undefined;
  void leaseLoop();
  return {
    get failing() {
      return isFailing(failures) ? problem : undefined;
    },
    async stop(graceMs) {
      stopping.abort();
      freed();
      // A request that is open at the node may get runs yet: they go straight back.
      await Promise.all([...seats].map((seat) => leave(seat, graceMs)));
      await Promise.all(lives);
    },
  };

  async function leaseLoop(): Promise<void> {
    let leaseId = createId("lease", env);
    while (!stopping.signal.aborted) {
      const limit = seatsInAll - [...seats].filter(({ state }) => state !== "idle").length;
      if (limit <= 0) {
        await new Promise<void>((resolve) => {
          freed = resolve;
        });
        continue;
      }
      try {
        const asked = { workerId, leaseId, tasks, lane: "alone" as const, limit, waitMs: LEASE_WAIT_MS };
        const answer = await calls.lease({ ...asked, ...(version === undefined ? {} : { version }) });
        leaseId = createId("lease", env);
        if (stopping.signal.aborted) await release(answer.runs);
        else for (const run of answer.runs) seat(run, answer.leaseMs);
      } catch (error) {
        if (stopping.signal.aborted) return;
        onProblem(error);
        await sleep(env, TROUBLE_MS, stopping.signal);
      }
      if (failures > 0) await sleep(env, pauseBeforeStart(failures), stopping.signal);
    }
  }

  async function release(runs: readonly Run[]): Promise<void> {
    const leases = runs.map(({ id, epoch }) => ({ runId: id, epoch }));
    if (leases.length > 0) await calls.release({ workerId, leases }).catch(onProblem);
  }

  function seat(run: LeasedRun, leaseMs: number): void {
    const { memoryMb = 0 } = run;
    const taken = idleSeat(memoryMb) ?? open(memoryMb);
    taken.patience?.clear();
    taken.state = "busy";
    taken.next = run;
    staff.book.hear(taken.worker, { gained: [gainedLease(run)], leaseMs });
    void serve(taken);
    // Its task is isolated: more of its kind will come.
    if (run.memoryMb !== undefined && seats.size < seatsInAll && idleSeat(memoryMb) === undefined) idle(open(memoryMb));
  }

  function idleSeat(memoryMb: number): Seat | undefined {
    return [...seats].find((one) => one.state === "idle" && one.memoryMb === memoryMb);
  }

  function open(memoryMb: number): Seat {
    if (seats.size >= seatsInAll) makeRoom();
    const worker = staff.hire({
      isAlone: true,
      start: aloneStart(options),
      ...(memoryMb === 0 ? {} : { memoryMb }),
      lease: () =>
        new Promise((give) => {
          opened.give = give;
          void serve(opened);
        }),
      onHeard: () => look(opened),
      onBeat: () => {
        settle(opened);
        // Its run may have been taken over by somebody else, which it is not told.
        look(opened);
      },
    });
    const opened: Seat = { worker, memoryMb, state: "idle" };
    seats.add(opened);
    const life = accompany(opened).finally(() => lives.delete(life));
    lives.add(life);
    return opened;
  }

  /** For a run of another kind. */
  function makeRoom(): void {
    const other = [...seats].find(({ state }) => state === "idle");
    if (other !== undefined) void leave(other);
  }

  async function accompany(seat: Seat): Promise<void> {
    const unstarted = await staff.accompany(seat.worker, () => {
      failures = 0;
      problem = undefined;
    });
    seat.state = "leaving";
    seat.patience?.clear();
    seats.delete(seat);
    if (unstarted !== undefined && !stopping.signal.aborted) {
      failures += 1;
      problem = unstarted;
      onProblem(unstarted);
    }
    freed();
  }

  /** Hands its run over, once it is there and asks for one. */
  async function serve(seat: Seat): Promise<void> {
    const { next, give, worker } = seat;
    if (next === undefined || give === undefined) return;
    delete seat.next;
    delete seat.give;
    seat.baseMb ??= worker.lastBeat.rssMb;
    const lease = { runId: next.id, epoch: next.epoch };
    try {
      // What it is given now it counts from when it asked, which may be long ago, or before the process was there.
      const { leases, ...answer } = await calls.renew({ workerId, leases: [lease] });
      const isHeld = leases[0]?.held ?? false;
      if (!isHeld) staff.book.hear(worker, { ended: [lease] });
      give({ ...answer, runs: isHeld ? [next] : [] });
      if (!isHeld) look(seat);
    } catch (error) {
      onProblem(error);
      seat.next = next;
      seat.give = give;
      await sleep(env, TROUBLE_MS, stopping.signal);
      if (!stopping.signal.aborted && seat.state === "busy") void serve(seat);
    }
  }

  /** Whether its run has left it. */
  function look(seat: Seat): void {
    const hasRun = seat.next !== undefined || staff.book.heldBy(seat.worker).length > 0;
    if (seat.state === "busy" && !hasRun) seat.state = "settling";
  }

  /** Whether it can have another run. */
  function settle(seat: Seat): void {
    if (seat.state !== "settling") return;
    const grownMb = seat.worker.lastBeat.rssMb - (seat.baseMb ?? 0);
    if (grownMb <= Math.max(GROWTH_MB, seat.memoryMb * GROWTH_SHARE)) idle(seat);
    else void leave(seat);
  }

  function idle(seat: Seat): void {
    seat.state = "idle";
    seat.patience = env.timer(SPARE_MS, () => void leave(seat));
    freed();
  }

  async function leave(seat: Seat, graceMs = GRACE_MS): Promise<void> {
    seat.state = "leaving";
    seat.patience?.clear();
    await seat.worker.stop(graceMs);
  }
}

const GRACE_MS = 10_000;
