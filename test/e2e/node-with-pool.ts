import { resolve } from "node:path";
import { decodeValue, encodeValue } from "../../src/core/codec.ts";
import { effectPolicy } from "../../src/core/effect-mode.ts";
import { createId } from "../../src/core/ids.ts";
import { createPool, type LostWorker, type Pool, type PoolOptions } from "../../src/pool/index.ts";
import { isTask } from "../../src/sdk/index.ts";
import { startNode } from "../../src/server/index.ts";
import { createSystemEnv } from "../../src/system/index.ts";
import { createRegistry, workerProcessUrl } from "../../src/worker/index.ts";
import * as tasks from "./pool-tasks.ts";

export interface NodeWithPoolOptions extends Partial<PoolOptions> {
  readonly db?: string;
  readonly leaseMs?: number;
  /** Of the tasks in `module`. */
  readonly manifests?: Parameters<typeof startNode>[0]["tasks"];
  /** What stands between the worker processes and the node. */
  readonly between?: (calls: PoolOptions["calls"]) => PoolOptions["calls"];
}

const ours = createRegistry(Object.values(tasks).filter(isTask)).manifests;

const unlimited = (id: string) => ({ id, queue: { name: id, concurrencyLimit: null } });

/** A node and its worker processes, put together as the program of a node does it. */
export async function startNodeWithPool(options: NodeWithPoolOptions = {}) {
  const { db = ":memory:", leaseMs, manifests = ours, between = (calls) => calls, ...rest } = options;
  const env = createSystemEnv();
  const seen = { problems: [] as unknown[], output: [] as string[], logs: [] as unknown[], lost: [] as LostWorker[] };
  const onProblem = (error: unknown) => void seen.problems.push(error);
  const node = await startNode({
    db,
    env,
    environmentId: "default",
    tasks: rest.tasks?.map((id) => manifests.find((known) => known.id === id) ?? unlimited(id)) ?? manifests,
    defaults: { onDivergence: "hold" },
    onLog: ({ message, properties }) => void seen.logs.push({ message, properties }),
    onProblem,
    ...(leaseMs === undefined ? {} : { leaseMs }),
  });
  const poolOptions: PoolOptions = {
    env,
    calls: between(node.calls),
    program: workerProcessUrl(),
    module: resolve(import.meta.dirname, "pool-tasks.ts"),
    tasks: manifests.map(({ id }) => id),
    environmentId: "default",
    effects: effectPolicy(undefined, undefined, "auto"),
    countReady: () => node.countReady({ tasks: manifests.map(({ id }) => id) }),
    async onWorkerLost(lost) {
      seen.lost.push(lost);
      await node.loseProcess(lost.loss);
    },
    onOutput: ({ stream, text }) => void seen.output.push(`${stream}: ${text}`),
    onProblem,
    ...rest,
  };
  const pools: Pool[] = [];
  function startPool(more: Partial<PoolOptions> = {}): Pool {
    const started = createPool({ ...poolOptions, ...more });
    pools.push(started);
    return started;
  }
  const pool = startPool();
  const endPokes = node.onPoke((runId) => {
    for (const one of pools) one.poke(runId);
  });
  return {
    node,
    pool,
    seen,
    /** Another pool on the same node. */
    startPool,
    async trigger(task: string, payload?: unknown): Promise<string> {
      const runId = createId("run", env);
      const encoded = payload === undefined ? {} : { payload: encodeValue(payload, "The payload") };
      await node.calls.trigger({ requests: [{ task, ...encoded, options: {} }], runIds: [runId] });
      return runId;
    },
    /** What became of the run, once it is final. */
    async ended(runId: string) {
      const run = await node.calls.awaitRun({ runId, waitMs: 30_000 });
      const { events } = await node.calls.events({ runId, afterSeq: 0, limit: 1_000 });
      const output = run.output === undefined ? undefined : decodeValue(run.output);
      return { status: run.status, attempt: run.attempt, output, events: events.map(({ kind }) => kind) };
    },
    async stop(): Promise<void> {
      endPokes();
      await Promise.all(pools.map((one) => one.stop()));
      await node.stop();
    },
  };
}
