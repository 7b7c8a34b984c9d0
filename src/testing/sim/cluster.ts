import { effectPolicy } from "../../core/effect-mode.ts";
import { sleep } from "../../core/env.ts";
import { createId } from "../../core/ids.ts";
import { createEngine, type Engine } from "../../engine/index.ts";
import type { Client } from "../../sdk/index.ts";
import { createDispatch, createMonitor } from "../../server/index.ts";
import type { Store } from "../../store/index.ts";
import { createRegistry, Worker } from "../../worker/index.ts";
import type { History } from "./history.ts";
import { createNetwork, type Network } from "./network.ts";
import { createOutside } from "./outside.ts";
import { createSimTasks } from "./perform.ts";
import type { Plan } from "./plan.ts";
import { createProcess, type SimProcess } from "./process.ts";
import type { Plant } from "./simulate.ts";
import type { Hands, Said } from "./stage.ts";
import { linkStore } from "./store-link.ts";
import { answering, callsOver, type Endpoint } from "./transport.ts";
import type { World } from "./world.ts";

export const ENVIRONMENT = "sim";

/** The processes of a simulation: nodes over one store, workers and clients, and whoever comes after those that died. */
export interface Cluster {
  readonly network: Network;
  readonly nodes: readonly SimNode[];
  readonly workers: readonly SimWorker[];
  /** Takes the place of one that is gone. */
  startNode(): void;
  startWorker(): void;
  /** A process with a way to the nodes. */
  startClient(name: string): { readonly process: SimProcess; readonly client: Client };
  /** No more trouble from here on: what is gone has been replaced, what stood still goes on. */
  calm(): void;
}

export interface SimNode extends Endpoint {
  readonly engine: Engine;
}

export interface SimWorker {
  readonly process: SimProcess;
  readonly worker: Worker;
  /** It executes one run at a time, of those that must be alone. */
  readonly isAlone: boolean;
}

export interface ClusterOptions {
  readonly world: World;
  readonly plan: Plan;
  readonly history: History;
  readonly store: Store;
  readonly plant: Plant;
}

export function createCluster({ world, plan, history, store, plant }: ClusterOptions): Cluster {
  const { around = (link) => link, between = (calls) => calls } = plant;
  const network = createNetwork(world, plan);
  const outside = createOutside(world, history);
  const draw = world.draw.fork();
  let nodes: SimNode[] = [];
  let workers: SimWorker[] = [];
  let isCalm = false;
  let names = 0;
  let numbers = 0;

  const newProcess = (kind: string) =>
    createProcess(world, `${kind}-${++names}`, {
      drift: (draw.next() * 2 - 1) * plan.drift,
      slowTurns: plan.slowTurns,
    });

  const reporting = (process: SimProcess) => (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    world.note(process.name, `has a problem: ${message}`);
    history.problems.push({ who: process.name, message });
  };

  /** Callers do not know who is dead, and stay with whom they have until it fails them. */
  function findNode(last?: Endpoint): Endpoint | undefined {
    const others = nodes.filter((node) => node !== last);
    return others.length > 0 ? draw.pick(others) : nodes[0];
  }

  function startNode(): void {
    const process = newProcess("node");
    const link = linkStore(world, process, store, plan, { history, isCalm: () => isCalm });
    const engine = createEngine({
      store: around(link, process, world),
      env: process.env,
      environmentId: ENVIRONMENT,
      tasks: createRegistry(Object.values(createSimTasks(noHands))).manifests,
      leaseMs: plan.leaseMs,
      onProblem: reporting(process),
    });
    engine.onPoke((runId) => {
      for (const { process: to, worker } of workers)
        network.send(process, to, "a poke", runId, () => worker.poke(runId));
    });
    world.note(process.name, "starts");
    engine.start().catch((error: unknown) => {
      reporting(process)(error);
      process.kill();
    });
    nodes = [
      ...nodes.filter((node) => node.process.isAlive),
      { process, engine, answer: answering(createDispatch(engine, createMonitor({ env: process.env, engine }))) },
    ];
  }

  function startClient(name: string, process = newProcess(name)) {
    const calls = callsOver(network, process, findNode);
    const client: Client = { calls, newId: (kind) => createId(kind, process.env) };
    return { process, client, calls };
  }

  function startWorker(): void {
    const { process, client, calls } = startClient("worker");
    const isAlone = workers.filter((one) => one.process.isAlive && one.isAlone).length < plan.aloneWorkers;
    const laned: typeof calls =
      plan.aloneWorkers === 0
        ? calls
        : { ...calls, lease: (input) => calls.lease({ ...input, lane: isAlone ? "alone" : "shared" }) };
    const hands: Hands = {
      sleep: (ms) => sleep(process.env, ms),
      die: () => void die(process, worker, isAlone),
      fresh: () => ++numbers,
      tell: (said) => tell(process, epochOf, said),
      send: (asked, request, hearer) => outside.send(process, asked, request, hearer),
    };
    const epochOf = (runId: string) => worker.executing.find(({ run }) => run.id === runId)?.key.epoch ?? 0;
    const worker = new Worker({
      env: process.env,
      calls: between(laned, process, world),
      client,
      registry: createRegistry(Object.values(createSimTasks(hands))),
      environmentId: ENVIRONMENT,
      concurrency: isAlone ? 1 : plan.concurrency,
      keepWarm: isAlone ? 0 : plan.keepWarm,
      effects: effectPolicy(undefined, undefined, "steps-only"),
      leaseWaitMs: plan.leaseWaitMs,
      redact: (text) => text,
      onProblem: reporting(process),
    });
    world.note(process.name, `starts as ${worker.id}`);
    workers = [...workers.filter((other) => other.process.isAlive), { process, worker, isAlone }];
    worker.start();
  }

  /** Its pool, which is a part of some node, sees it end, and knows what it had begun. */
  async function die(process: SimProcess, worker: Worker, isAlone: boolean): Promise<void> {
    if (!process.isAlive) return;
    // A pool waits for reports that are on their way before it blames anybody; here they may be lost.
    const begun = new Set(
      worker.executing.filter(({ isReporting }) => !isReporting).map(({ key }) => `${key.runId} ${key.epoch}`),
    );
    history.poisoned.add(worker.id);
    process.kill();
    world.after(draw.whole(1, 300), startWorker);
    const held = (await store.listRuns({ environmentId: ENVIRONMENT, statuses: ["executing"], limit: 1_000 })).filter(
      ({ workerId }) => workerId === worker.id,
    );
    const leases = held.map(({ id: runId, epoch }) => ({
      runId,
      epoch,
      hasBegun: begun.has(`${runId} ${epoch}`),
      isOverdue: false,
    }));
    world.after(draw.whole(1, 100), () => {
      const node = nodes.find((one) => one.process.isAlive);
      const lost = { cause: { kind: "died" as const, how: "of poison" }, isAlone, leases };
      node?.process.enter(() => void node.engine.loseProcess(lost).catch(reporting(node.process)));
    });
  }

  function tell(process: SimProcess, epochOf: (runId: string) => number, said: Said): void {
    if (!process.isAlive) return;
    const epoch = epochOf(said.runId);
    const seen = LOGGED.has(said.kind) ? ` ${JSON.stringify(said.seen)}` : "";
    world.note(process.name, `${said.kind} ${said.place} of ${said.runId} (epoch ${epoch})${seen}`);
    history.deeds.push({
      ...said,
      worker: process.name,
      epoch,
      afterCommit: history.commits.length,
      storeNow: store.now(),
    });
  }

  return {
    network,
    get nodes() {
      return nodes.filter(({ process }) => process.isAlive);
    },
    get workers() {
      return workers.filter(({ process }) => process.isAlive);
    },
    startNode,
    startWorker,
    startClient,
    calm() {
      isCalm = true;
      network.calm();
      for (const { process } of [...nodes, ...workers]) process.resume();
    },
  };
}

const noHands: Hands = {
  sleep: async () => undefined,
  die: () => undefined,
  tell: () => undefined,
  fresh: () => 0,
  send: () => {
    throw new Error("A node performs no programs.");
  },
};

/** Deeds whose particulars are not in the log already. */
const LOGGED: ReadonlySet<Said["kind"]> = new Set(["sight", "sent", "heard", "look"]);
