import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeValue } from "../../core/codec.ts";
import { effectPolicy } from "../../core/effect-mode.ts";
import type { Env } from "../../core/env.ts";
import { createId } from "../../core/ids.ts";
import { createPool } from "../../pool/index.ts";
import { startNode } from "../../server/index.ts";
import { createRegistry, workerProcessUrl } from "../../worker/index.ts";
import { demoTasksUrl, order, parcel } from "./tasks.ts";
import type { Recorded } from "./verdict.ts";

const ENVIRONMENT_ID = "demo";
const ORDERS = [1, 2, 3];

export interface Stage {
  /** Process that executes the runs now; `undefined` while there is none. */
  readonly pid: number | undefined;
  readonly orders: readonly string[];
  /** Resolves when all orders are final, with what became of them. */
  ended(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** A node with one worker process, and three runs in it. `onDeath` hears what was on disk when the process died, before anything goes on. */
export async function openStage(
  folder: string,
  env: Env,
  {
    onDeath,
    onProblem,
  }: {
    readonly onDeath: (death: { readonly pid: number; readonly recorded: readonly Recorded[] }) => void;
    readonly onProblem: (error: unknown) => void;
  },
): Promise<Stage> {
  const { manifests } = createRegistry([order, parcel]);
  const environmentId = ENVIRONMENT_ID;
  const db = join(folder, "perdure.db");
  const node = await startNode({ db, env, environmentId, tasks: manifests, defaults: {}, onProblem });
  const pool = createPool({
    env,
    calls: node.calls,
    program: workerProcessUrl(),
    module: fileURLToPath(demoTasksUrl()),
    tasks: manifests.map(({ id }) => id),
    environmentId,
    effects: effectPolicy(undefined, undefined, "auto"),
    // Every wait continues from the journal, as it would after a restart.
    keepWarm: 0,
    async onWorkerLost({ pid, loss }) {
      onDeath({ pid, recorded: await listRecorded() });
      await node.loseProcess(loss);
    },
    onOutput: () => undefined,
    onProblem,
  });
  const endPokes = node.onPoke((runId) => pool.poke(runId));
  const orders = ORDERS.map(() => createId("run", env));
  const requests = ORDERS.map((number) => ({
    task: order.id,
    payload: encodeValue({ folder, number }, "An order"),
    options: {},
  }));
  await node.calls.trigger({ requests, runIds: orders });
  return {
    get pid() {
      return pool.processes.find(({ isReady }) => isReady)?.pid;
    },
    orders,
    ended: () => Promise.all(orders.map(async (runId) => awaitEnd(runId))),
    async stop() {
      endPokes();
      await pool.stop();
      await node.stop();
    },
  };

  async function awaitEnd(runId: string): Promise<string> {
    for (;;) {
      const { status, finishedAt } = await node.calls.awaitRun({ runId, waitMs: 30_000 });
      if (finishedAt !== undefined) return status;
    }
  }

  /** Steps of the orders and of their children. */
  async function listRecorded(): Promise<readonly Recorded[]> {
    const { runs } = await node.calls.list({ limit: 100 });
    const journals = await Promise.all(
      runs.map(async ({ id: runId }) => {
        const entries = await node.calls.readEntries({ runId, journal: 1, afterSeq: 0 });
        return entries.flatMap(({ kind, key }) => (kind === "step" ? [{ runId, step: nameOf(key) }] : []));
      }),
    );
    return journals.flat();
  }
}

/** `step:charge#1` is the first `charge`. */
function nameOf(key: string): string {
  return key.slice(key.indexOf(":") + 1, key.lastIndexOf("#"));
}
