import { join } from "node:path";
import { type BuiltVersion, readVersion } from "../build/index.ts";
import type { Env, Timer } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import type { PoolBounds } from "../core/pool-size.ts";
import type { Runtime } from "../core/runtime.ts";
import { createPool, type Pool } from "../pool/index.ts";
import type { startNode } from "../server/index.ts";
import { workerProcessUrl } from "../worker/index.ts";
import type { ServeEvent } from "./serve.ts";

export interface CrewOptions {
  readonly node: Awaited<ReturnType<typeof startNode>>;
  readonly env: Env;
  readonly environmentId: string;
  /** Where the versions lie. */
  readonly outDir: string;
  /** The version that new runs start under. */
  readonly current: string;
  /** Worker processes of the current version. */
  readonly workers: PoolBounds;
  readonly concurrency: number;
  /** Processes that execute one run each, in the current version. */
  readonly isolated: number;
  readonly hangTimeoutMs: number;
  /** What worker processes run on. */
  readonly runtime: Runtime;
  readonly variableNames: readonly string[];
  readonly onEvent: (event: ServeEvent) => void;
  readonly onProblem: (error: unknown) => void;
}

/** The worker processes of a node: a pool for each version that has runs to execute. */
export interface Crew {
  stop(): Promise<void>;
}

/** How often we look for versions whose last run has ended, and for others that need workers. */
const LOOK_MS = 10_000;

export function createCrew(options: CrewOptions): Crew {
  const { node, env, outDir, current, onProblem } = options;
  const pools = new Map<string, Pool>();
  /** Versions whose folder is gone; said once, and looked for again, since somebody may put it back. */
  const missing = new Set<string>();
  const endPokes = node.onPoke((runId) => {
    for (const pool of pools.values()) pool.poke(runId);
  });
  let isStopped = false;
  let next: Timer | undefined;
  let looking = look();
  return {
    async stop() {
      isStopped = true;
      next?.clear();
      endPokes();
      await looking;
      await Promise.all([...pools.values()].map((pool) => pool.stop()));
    },
  };

  async function look(): Promise<void> {
    try {
      const needed = new Set([current, ...(await node.listOpenVersions())]);
      for (const version of needed) if (!pools.has(version)) await begin(version);
      for (const [version, pool] of pools) {
        if (needed.has(version)) continue;
        pools.delete(version);
        await pool.stop();
      }
    } catch (error) {
      onProblem(error);
    }
    if (isStopped) return;
    next = env.timer(LOOK_MS, () => {
      looking = look();
    });
  }

  async function begin(version: string): Promise<void> {
    const manifest = await readVersion(join(outDir, version));
    if (manifest !== undefined) {
      missing.delete(version);
      pools.set(version, startPool(manifest, options));
    } else if (!missing.has(version)) {
      missing.add(version);
      onProblem(perdureError("VERSION_MISSING", { version, folder: outDir }));
    }
  }
}

/** An older version gets one process: its runs grow fewer. */
function startPool({ id: version, tasks }: BuiltVersion["version"], options: CrewOptions): Pool {
  const {
    node,
    env,
    environmentId,
    outDir,
    current,
    workers,
    concurrency,
    runtime,
    isolated,
    hangTimeoutMs,
    variableNames,
    onEvent,
    onProblem,
  } = options;
  return createPool({
    env,
    calls: node.calls,
    program: workerProcessUrl(),
    runtime,
    module: join(outDir, version, "index.mjs"),
    tasks: tasks.map(({ id }) => id),
    environmentId,
    version,
    size: version === current ? workers : 1,
    countReady: () => node.countReady({ tasks: tasks.map(({ id }) => id), version }),
    alone: isolated,
    concurrency,
    hangTimeoutMs,
    variableNames,
    async onWorkerLost({ pid, end, loss }) {
      onEvent({ level: "warn", message: "A worker process ended.", pid, runs: loss.leases.length, ...end });
      await node.loseProcess(loss);
    },
    onOutput: ({ pid, stream, text }) => onEvent({ level: "info", message: text, pid, stream }),
    onLog: ({ level, ...line }) => onEvent({ level: level === "log" ? "info" : level, ...line }),
    onProblem,
  });
}
