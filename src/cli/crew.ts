import { join } from "node:path";
import { readVersion } from "../build/index.ts";
import type { EffectPolicy } from "../core/effect-mode.ts";
import type { Env, Timer } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import type { PoolBounds } from "../core/pool-size.ts";
import type { Runtime } from "../core/runtime.ts";
import type { TaskManifest } from "../core/task-manifest.ts";
import { createPool, type Pool, type PoolOptions } from "../pool/index.ts";
import type { CrewReport, startNode } from "../server/index.ts";
import { workerProcessUrl } from "../worker/index.ts";
import type { TaskVariables } from "./project.ts";
import type { ServeEvent } from "./serve.ts";

export interface CrewOptions {
  readonly node: Awaited<ReturnType<typeof startNode>>;
  readonly env: Env;
  readonly environmentId: string;
  /** Where the versions lie. */
  readonly outDir: string;
  /** Worker processes of the current version. */
  readonly workers: PoolBounds;
  readonly concurrency: number;
  /** Processes that execute one run each, in the current version. */
  readonly isolated: number;
  readonly hangTimeoutMs: number;
  /** A worker process has ended that nobody had asked to stop. */
  readonly onWorkerEnded: NonNullable<PoolOptions["onWorkerEnded"]>;
  readonly onEvent: (event: ServeEvent) => void;
  readonly onProblem: (error: unknown) => void;
}

/** What the processes of a version are started with. */
export interface Duty {
  readonly version: { readonly id: string; readonly tasks: readonly TaskManifest[] };
  readonly variables: TaskVariables;
  readonly keepWarm: number;
  readonly runtime: Runtime;
  readonly effects: EffectPolicy;
}

/** The worker processes of a node: a pool for each version that has runs to execute. */
export interface Crew {
  /**
   * Puts other processes in the place of the current ones: they are started, `change` makes their version the latest once they
   * take runs, and those before leave when their version has no open runs. When they do not come to take runs, or `signal`
   * aborts before, all stays as it was.
   *
   * @throws {PerdureError} `WORKER_START_FAILED`, what `change` throws, or the reason of the signal.
   */
  relieve(duty: Duty, change: () => Promise<void>, signal: AbortSignal): Promise<void>;
  /** How they are just now. */
  report(): CrewReport;
  stop(): Promise<void>;
}

/** How often we look for versions whose last run has ended, and for others that need workers. */
const LOOK_MS = 10_000;

const ONE: PoolBounds = { min: 1, max: 1 };

export function createCrew(options: CrewOptions, first: Duty): Crew {
  const { node, env, outDir, onProblem } = options;
  let current = first;
  /** Of each version the one that stays; another of the same version may be on its way in or out. */
  const pools = new Map([[first.version.id, startPool(first, options.workers, options)]]);
  const coming = new Set<Pool>();
  /** Versions whose folder is gone; said once, and looked for again, since somebody may put it back. */
  const missing = new Set<string>();
  const endPokes = node.onPoke((runId) => {
    for (const pool of [...pools.values(), ...coming]) pool.poke(runId);
  });
  let isStopped = false;
  let stopped: Promise<void> | undefined;
  let next: Timer | undefined;
  /** Whoever changes `pools` does it in turn. */
  let turn: Promise<void> = Promise.resolve();
  lookAgain(0);
  return {
    relieve,
    report: () => ({
      current: current.version.id,
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
    await turn;
    await Promise.all([...pools.values(), ...coming].map((pool) => pool.stop()));
  }

  async function relieve(duty: Duty, change: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const pool = startPool(duty, options.workers, options);
    coming.add(pool);
    try {
      await untilReady(pool, signal);
      await change();
      await inTurn(async () => {
        const before = pools.get(duty.version.id);
        pools.set(duty.version.id, pool);
        current = duty;
        await before?.stop();
      });
    } catch (error) {
      await pool.stop();
      throw error;
    } finally {
      coming.delete(pool);
    }
    lookAgain(0);
  }

  function inTurn(change: () => Promise<void>): Promise<void> {
    const done = turn.then(change);
    turn = done.catch(() => undefined);
    return done;
  }

  function lookAgain(delayMs: number): void {
    next?.clear();
    if (isStopped) return;
    next = env.timer(
      delayMs,
      () =>
        void inTurn(look)
          .catch(onProblem)
          .then(() => lookAgain(LOOK_MS)),
    );
  }

  async function look(): Promise<void> {
    const needed = await neededVersions();
    for (const version of needed) if (!pools.has(version)) await begin(version);
    const idle = [...pools].filter(([version]) => !needed.has(version));
    for (const [version, pool] of idle) {
      pools.delete(version);
      await pool.stop();
    }
    // A lease that was on its way when we asked may have given a run to a version that we sent away.
    if (idle.length > 0 && !isStopped) await look();
  }

  async function neededVersions(): Promise<ReadonlySet<string>> {
    return new Set([current.version.id, ...(await node.listOpenVersions())]);
  }

  /** An older version gets one process: its runs grow fewer. */
  async function begin(id: string): Promise<void> {
    const version = await readVersion(join(outDir, id));
    if (version !== undefined) {
      missing.delete(id);
      node.knowVersion(version);
      pools.set(id, startPool({ ...current, version }, ONE, options));
    } else if (!missing.has(id)) {
      missing.add(id);
      onProblem(perdureError("VERSION_MISSING", { version: id, folder: outDir }));
    }
  }
}

/** Resolves when one of its processes takes runs. */
function untilReady(pool: Pool, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const endListening = pool.onChange(look);
    signal.addEventListener("abort", look);
    look();
    function look(): void {
      const { ready, failing } = pool.state;
      if (ready === 0 && failing === undefined && !signal.aborted) return;
      endListening();
      signal.removeEventListener("abort", look);
      if (ready > 0) resolve();
      else reject(failing ?? signal.reason);
    }
  });
}

function startPool(
  { version: { id: version, tasks: manifests }, variables, keepWarm, runtime, effects }: Duty,
  size: PoolBounds,
  options: CrewOptions,
) {
  const { node, env, environmentId, outDir, concurrency, isolated, hangTimeoutMs } = options;
  const { onWorkerEnded, onEvent, onProblem } = options;
  const tasks = manifests.map(({ id }) => id);
  return createPool({
    ...variables,
    env,
    calls: node.calls,
    program: workerProcessUrl(),
    runtime,
    module: join(outDir, version, "index.mjs"),
    tasks,
    environmentId,
    effects,
    version,
    size,
    countReady: () => node.countReady({ tasks, version }),
    alone: isolated,
    concurrency,
    keepWarm,
    hangTimeoutMs,
    onWorkerEnded,
    async onWorkerLost({ pid, end, loss }) {
      onEvent({ level: "warn", message: "A worker process ended.", pid, runs: loss.leases.length, ...end });
      await node.loseProcess(loss);
    },
    onOutput: ({ pid, stream, text }) => onEvent({ level: "info", message: text, pid, stream }),
    onProblem,
  });
}
