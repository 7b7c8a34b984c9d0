/**
 * The simulator: several nodes over one store, workers that run real tasks, and clients, in one thread on virtual time, from
 * one seed. Between them lies a network that loses, doubles and delays; processes are killed, stopped and paused, clocks are
 * set, and the store fails before and after its commits. Then the troubles cease, everything must come to rest, and a checker
 * reads the history for broken promises (`checker.ts`).
 *
 * Nothing here asks a real clock or real chance, so that a seed gives the same log each time, byte for byte. What is
 * simulated is the product's own code; only transports and the outside of the store are ours.
 */
import type { Dispatch } from "../../server/index.ts";
import { openMemoryStore, type Store, VERBS, type VerbTable } from "../../store/index.ts";
import { checkHistory } from "./checker.ts";
import { runClients } from "./client.ts";
import { type Cluster, createCluster, ENVIRONMENT } from "./cluster.ts";
import type { Violation } from "./evidence.ts";
import { runFaults } from "./faults.ts";
import { createHistory, type FinalState, type History } from "./history.ts";
import { runOperator } from "./operator.ts";
import { drawPlan, isPeaceful, type Plan } from "./plan.ts";
import { createProcess, type SimProcess } from "./process.ts";
import { readFinalState, readRecordsLeft, WITNESS_READS, witnessed } from "./witness.ts";
import { createWorld, type World } from "./world.ts";

export interface SimulateOptions {
  readonly seed: number;
  /** Keeps the lines of the log. Default: only their hash. */
  readonly isLogKept?: boolean;
  readonly plant?: Plant;
}

/** A bug put in on purpose, to see whether it is found. */
export interface Plant {
  /** Verbs instead of the store's own. */
  readonly writes?: (writes: VerbTable) => VerbTable;
  /** Put between each node and its way to the store. */
  readonly around?: (store: Store, node: SimProcess, world: World) => Store;
  /** Put between each worker and its calls. */
  readonly between?: (calls: Dispatch, worker: SimProcess, world: World) => Dispatch;
}

export interface Simulated {
  readonly seed: number;
  readonly plan: Plan;
  readonly violations: readonly Violation[];
  readonly hash: string;
  readonly lines: readonly string[];
  readonly history: History;
  readonly final: FinalState;
  readonly events: number;
  /** Virtual milliseconds. */
  readonly elapsed: number;
}

/** A node tidies up after the runs that it saw end; whoever comes after one that is gone does so when it starts. */
async function untilTidied(world: World, { startNode }: Cluster, store: Store): Promise<void> {
  for (const begin of [() => undefined, startNode]) {
    if ((await readRecordsLeft(store)).length === 0) return;
    begin();
    const until = world.elapsed + TIDIED_AFTER_MS;
    await world.run(() => world.elapsed > until);
  }
}

const TIDIED_AFTER_MS = 5_000;

/** Longer than any wait, delay or back-off that programs have: when nothing was committed of any run for so long, nothing will be. */
const STANDSTILL_MS = 5 * 60 * 1_000;
const MAX_EVENTS = 3_000_000;

export async function simulate({ seed, isLogKept = false, plant = {} }: SimulateOptions): Promise<Simulated> {
  // Stacks name files and lines, which differ between a compiled and a plain run, and making them takes a fifth of the time.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await simulateWith(createWorld(seed, isLogKept), seed, plant);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function simulateWith(world: World, seed: number, plant: Plant): Promise<Simulated> {
  const plan = drawPlan(world.draw.fork());
  const history = createHistory(isPeaceful(plan));
  world.note("plan", JSON.stringify(plan));
  const store = await openMemoryStore({
    env: createProcess(world, "store").env,
    isSingleNode: false,
    writes: witnessed(world, history, plant.writes?.(VERBS.writes) ?? VERBS.writes),
    reads: WITNESS_READS,
  });
  const cluster = createCluster({ world, plan, history, store, plant });
  for (let i = 0; i < plan.nodes; i++) cluster.startNode();
  for (let i = 0; i < plan.workers + plan.aloneWorkers; i++) cluster.startWorker();
  runFaults(world, cluster, plan);
  void runOperator(world, cluster, plan, history);
  let areClientsDone = false;
  void runClients(world, cluster, plan, history).then(() => {
    areClientsDone = true;
  });
  const isAtRest = () => areClientsDone && history.final === history.created && world.elapsed > plan.faultyMs;
  const isStuck = () => world.elapsed > Math.max(plan.faultyMs, history.lastEventAt) + STANDSTILL_MS;
  const isOver = () => isAtRest() || isStuck() || world.events > MAX_EVENTS;
  await world.run(isOver);
  world.note("everyone", isAtRest() ? "is at rest" : "never comes to rest");
  history.slowestMs = cluster.network.slowestMs;
  if (isAtRest()) await untilTidied(world, cluster, store);
  const final = await readFinalState(store, ENVIRONMENT);
  await store.close();
  const violations = checkHistory(history, final, isAtRest());
  const { log, events, elapsed } = world;
  return { seed, plan, violations, hash: log.hash(), lines: log.lines, history, final, events, elapsed };
}
