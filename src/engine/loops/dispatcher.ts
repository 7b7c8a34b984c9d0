import type { Timer } from "../../core/env.ts";
import { perdureError } from "../../core/errors.ts";
import { laneOf } from "../../core/lane.ts";
import type { LeasedRun, Run } from "../../core/run.ts";
import type { EngineDeps } from "../deps.ts";
import { type LeaseRuns, leaseRuns } from "../lease-runs.ts";
import { napUntil } from "./nap.ts";

/** Holds the workers' calls for runs, in the order in which they came, until there are some. */
export interface Dispatcher {
  lease(call: LeaseCall): Promise<readonly LeasedRun[]>;
  /**
   * The next batch asks for this worker first: code of a run called back there. In any other worker the run would begin
   * from the top, park again, and be called back by both for ever.
   */
  prefer(workerId: string): void;
  /** For the loop: asks the store once for each call that may get something. */
  batch(): Promise<number | undefined>;
  /** True when a worker that may take the run waits for runs just now. */
  isAskedFor(run: Pick<Run, "task" | "taskVersion" | "memoryMb" | "quarantinedAt">): boolean;
  /** Answers all held calls with nothing and refuses later ones. */
  close(): void;
}

export interface LeaseCall extends LeaseRuns {
  /** How long it may be held. */
  readonly waitMs: number;
}

interface HeldCall {
  readonly request: LeaseRuns;
  readonly answer: Promise<readonly LeasedRun[]>;
  readonly resolve: (runs: readonly LeasedRun[]) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: Timer;
  /** Whether the store has been asked on its behalf; each is asked once at least, however short its wait. */
  state: "new" | "asking" | "asked";
  isOver: boolean;
}

/** @param wake - Has `batch` called soon. */
export function createDispatcher(deps: EngineDeps, wake: () => void): Dispatcher {
  /** By lease id: a call that is repeated while its first is held shares its answer. */
  const held = new Map<string, HeldCall>();
  const preferred = new Set<string>();
  let isClosed = false;

  function hold({ waitMs, ...request }: LeaseCall): HeldCall {
    let resolve: HeldCall["resolve"] = () => {};
    let reject: HeldCall["reject"] = () => {};
    const answer = new Promise<readonly LeasedRun[]>((resolved, rejected) => {
      resolve = resolved;
      reject = rejected;
    });
    const timer = deps.env.timer(waitMs, () => giveUp(call));
    const call: HeldCall = { request, answer, resolve, reject, timer, state: "new", isOver: false };
    held.set(request.leaseId, call);
    return call;
  }

  function letGo(call: HeldCall): HeldCall {
    call.timer.clear();
    held.delete(call.request.leaseId);
    return call;
  }

  function giveUp(call: HeldCall): void {
    call.isOver = true;
    if (call.state === "asked") letGo(call).resolve([]);
  }

  function settle(call: HeldCall, runs: readonly LeasedRun[]): void {
    call.state = "asked";
    if (runs.length > 0 || call.isOver) letGo(call).resolve(runs);
  }

  async function ask(call: HeldCall): Promise<readonly LeasedRun[]> {
    call.state = "asking";
    try {
      return await leaseRuns(deps, call.request);
    } catch (error) {
      // Perhaps it was given runs; repeated with the same lease id, the call gets them.
      call.state = "new";
      if (call.isOver) letGo(call).reject(error);
      throw error;
    }
  }

  function inOrder(): readonly HeldCall[] {
    const calls = [...held.values()];
    const isFirst = ({ request }: HeldCall) => preferred.has(request.workerId);
    const ordered =
      preferred.size === 0 ? calls : [...calls.filter(isFirst), ...calls.filter((call) => !isFirst(call))];
    preferred.clear();
    return ordered;
  }

  async function batch(): Promise<number | undefined> {
    // What falls due while we ask counts as not asked for yet. What was due before and was not given to anyone waits for its
    // queue's limit, or for a worker that knows its task: its time is told by a hint.
    const askedAt = deps.store.now();
    /** Tasks, and their version and lane, for which the store gave less than was asked for: there is nothing more. */
    const exhausted = new Set<string>();
    for (const call of inOrder()) {
      if (!held.has(call.request.leaseId)) continue;
      const tasks = [call.request.version, call.request.lane, ...call.request.tasks].join("\n");
      const runs = exhausted.has(tasks) ? [] : await ask(call);
      if (runs.length < call.request.limit) exhausted.add(tasks);
      settle(call, runs);
    }
    if (held.size === 0) return undefined;
    const { runAt } = await deps.store.nextDue({ environmentId: deps.environmentId, now: askedAt });
    return napUntil(deps, runAt);
  }

  return {
    lease(call) {
      if (isClosed) return Promise.reject(perdureError("STOPPED"));
      const known = held.get(call.leaseId) ?? hold(call);
      wake();
      return known.answer;
    },
    prefer: (workerId) => void preferred.add(workerId),
    batch,
    isAskedFor(run) {
      const { task, taskVersion = deps.code.latestVersion } = run;
      return [...held.values()].some(
        ({ request: { tasks, version, lane } }) =>
          tasks.includes(task) &&
          (version === undefined || taskVersion === undefined || version === taskVersion) &&
          (lane === undefined || lane === laneOf(run)),
      );
    },
    close() {
      isClosed = true;
      for (const call of [...held.values()]) {
        if (call.state === "new") call.state = "asked";
        giveUp(call);
      }
    },
  };
}
