import type { EngineDeps } from "../deps.ts";
import { pruneBatches } from "./batch-pruner.ts";
import { cancelAsked } from "./canceler.ts";
import { createDispatcher, type Dispatcher } from "./dispatcher.ts";
import { expireRuns } from "./expirer.ts";
import { createLoop, type Loop, type LoopOptions } from "./loop.ts";
import { pruneRuns } from "./pruner.ts";
import { createReaper } from "./reaper.ts";
import { pruneRecords } from "./record-pruner.ts";
import { wakeDue } from "./waker.ts";

/** All that a node does without being asked. */
export interface Loops {
  readonly dispatcher: Loop;
  readonly reaper: Loop;
  readonly waker: Loop;
  readonly expirer: Loop;
  readonly canceler: Loop;
  readonly pruner: Loop;
  readonly batchPruner: Loop;
  readonly recordPruner: Loop;
  readonly lease: Dispatcher["lease"];
  readonly prefer: Dispatcher["prefer"];
  readonly isAskedFor: Dispatcher["isAskedFor"];
  start(): void;
  stop(): Promise<void>;
}

export interface LoopsOptions {
  readonly onProblem: LoopOptions["onProblem"];
  /** Absent: finished runs are kept. */
  readonly retentionMs?: number | undefined;
  /** How long the automatic records of final runs are kept. */
  readonly recordsMs: number;
}

export function createLoops(deps: EngineDeps, { onProblem, retentionMs, recordsMs }: LoopsOptions): Loops {
  const loop = (name: string, batch: LoopOptions["batch"]) => createLoop({ name, env: deps.env, batch, onProblem });
  const dispatch = createDispatcher(deps, () => loops.dispatcher.wake());
  const loops = {
    dispatcher: loop("dispatcher", dispatch.batch),
    reaper: loop("reaper", createReaper(deps)),
    waker: loop("waker", () => wakeDue(deps)),
    expirer: loop("expirer", () => expireRuns(deps)),
    canceler: loop("canceler", () => cancelAsked(deps)),
    pruner: loop("pruner", async () => (retentionMs === undefined ? undefined : pruneRuns(deps, retentionMs))),
    batchPruner: loop("batch pruner", () => pruneBatches(deps, retentionMs)),
    recordPruner: loop("record pruner", () => pruneRecords(deps, recordsMs)),
  };
  return {
    ...loops,
    lease: dispatch.lease,
    prefer: dispatch.prefer,
    isAskedFor: dispatch.isAskedFor,
    start() {
      for (const one of Object.values(loops)) one.start();
    },
    async stop() {
      dispatch.close();
      await Promise.all(Object.values(loops).map((one) => one.stop()));
    },
  };
}
