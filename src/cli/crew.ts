import { join } from "node:path";
import { type BuiltVersion, readVersion } from "../build/index.ts";
import type { Env, Timer } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import { createPool, type Pool, type PoolOptions } from "../pool/index.ts";
import type { CrewReport, startNode } from "../server/index.ts";
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
  readonly workers: number;
  readonly concurrency: number;
  readonly variableNames: readonly string[];
  /** A worker process has ended that nobody had asked to stop. */
  readonly onWorkerEnded: PoolOptions["onWorkerEnded"];
  readonly onEvent: (event: ServeEvent) => void;
  readonly onProblem: (error: unknown) => void;
}

/** The worker processes of a node: a pool for each version that has runs to execute. */
export interface Crew {
  /** How they are just now. */
  report(): CrewReport;
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
  let stopped: Promise<void> | undefined;
  let next: Timer | undefined;
  let looking = look();
  return {
    report: () => ({
      current,
      pools: [...pools].map(([version, { processes, state }]) => ({
        version,
        workers: processes,
        ...(state.failing === undefined ? {} : { failing: state.failing }),
      })),
      missing: [...missing],
    }),
    stop: () => (stopped ??= stop()),
  };

  async function stop(): Promise<void> {
    isStopped = true;
    next?.clear();
    endPokes();
    await looking;
    await Promise.all([...pools.values()].map((pool) => pool.stop()));
  }

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
  const { node, env, environmentId, outDir, current, workers, concurrency, variableNames, onEvent, onProblem } =
    options;
  const { onWorkerEnded } = options;
  return createPool({
    env,
    calls: node.calls,
    program: workerProcessUrl(),
    module: join(outDir, version, "index.mjs"),
    tasks: tasks.map(({ id }) => id),
    environmentId,
    version,
    size: version === current ? workers : 1,
    concurrency,
    variableNames,
    ...(onWorkerEnded === undefined ? {} : { onWorkerEnded }),
    async onWorkerLost({ pid, leases, cause }) {
      onEvent({ level: "warn", message: "A worker process ended.", pid, runs: leases.length, ...cause });
      await node.reapLeases(leases);
    },
    onOutput: ({ pid, stream, text }) => onEvent({ level: "info", message: text, pid, stream }),
    onLog: ({ level, ...line }) => onEvent({ level: level === "log" ? "info" : level, ...line }),
    onProblem,
  });
}
