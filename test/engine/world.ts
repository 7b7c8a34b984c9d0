import type { AttemptOutcome } from "../../src/core/attempt-outcome.ts";
import { createId } from "../../src/core/ids.ts";
import type { LeaseKey, Run } from "../../src/core/run.ts";
import type { TaskManifest } from "../../src/core/task-manifest.ts";
import type { TriggerRequestOptions } from "../../src/core/trigger-request.ts";
import { createEngine, type Engine, type EngineOptions } from "../../src/engine/index.ts";
import { type Append, openMemoryStore, type Store } from "../../src/store/index.ts";
import { createVirtualEnv, type VirtualEnv } from "../../src/testing/virtual-env.ts";

export const ENVIRONMENT = "test";
export const LEASE_MS = 30_000;

/** A node over the real store in memory, on virtual time, with hands in place of a worker. */
export interface World {
  readonly env: VirtualEnv;
  readonly store: Store;
  readonly engine: Engine;
  readonly problems: readonly unknown[];
  readonly poked: readonly string[];
  /** @returns The id of the new run. */
  trigger(options?: TriggerRequestOptions, task?: string): Promise<string>;
  /** Runs that are ready now. */
  lease(limit?: number): Promise<readonly Run[]>;
  /** The one run that is ready now. */
  leaseOne(): Promise<Run>;
  /** The run as it is now. */
  find(runId: string): Promise<Run>;
  finish(run: LeaseKey & { readonly append?: Append }, outcome: AttemptOutcome): Promise<string>;
  story(runId: string): Promise<readonly string[]>;
  /** Ends the node and, the store being kept, starts another over it. */
  restart(options?: Partial<EngineOptions>): Promise<void>;
}

export interface WorldOptions extends Partial<Omit<EngineOptions, "store" | "env">> {
  readonly isSingleNode?: boolean;
  /** Puts something between the engine and the store. */
  readonly around?: (store: Store, env: VirtualEnv) => Store;
}

const TASK: TaskManifest = {
  id: "job",
  queue: { name: "task/job", concurrencyLimit: null },
  retry: { maxAttempts: 2, jitter: 0 },
};

export async function openWorld({
  isSingleNode = true,
  around = (store) => store,
  ...options
}: WorldOptions = {}): Promise<World> {
  const env = createVirtualEnv();
  const store = around(await openMemoryStore({ env, isSingleNode }), env);
  const problems: unknown[] = [];
  const poked: string[] = [];
  const start = async (more: Partial<EngineOptions> = {}): Promise<Engine> => {
    const onProblem = (error: unknown) => void problems.push(error);
    const engine = createEngine({
      store,
      env,
      environmentId: ENVIRONMENT,
      tasks: [TASK],
      leaseMs: LEASE_MS,
      onProblem,
      ...options,
      ...more,
    });
    engine.onPoke((runId) => void poked.push(runId));
    await env.runUntil(engine.start());
    await env.settle();
    return engine;
  };
  let engine = await start();

  const find = (runId: string) => engine.getRun(runId);
  return {
    env,
    store,
    get engine() {
      return engine;
    },
    problems,
    poked,
    async trigger(given = {}, task = "job") {
      const runId = createId("run", env);
      const runs = await env.runUntil(engine.triggerRuns({ requests: [{ task, options: given }], runIds: [runId] }));
      await env.settle();
      return runs[0]?.id ?? "";
    },
    lease: (limit = 10) => leaseNow(env, engine, limit),
    async leaseOne() {
      const [run, ...others] = await leaseNow(env, engine, 10);
      if (run === undefined || others.length > 0)
        throw new Error(`${others.length + Number(run !== undefined)} runs were ready`);
      return run;
    },
    find,
    async finish({ append, ...run }, outcome) {
      const { runId, epoch } = run;
      const journal = append ?? (await nothing(engine, runId));
      const { state } = await env.runUntil(engine.finishAttempt({ runId, epoch, append: journal, outcome }));
      await env.settle();
      return state;
    },
    async story(runId) {
      const events = await engine.listRunEvents({ runId, afterSeq: 0, limit: 1_000 });
      return events.map(({ kind }) => kind);
    },
    async restart(more) {
      await env.runUntil(engine.stop());
      engine = await start(more);
    },
  };
}

/** A lease's key, from the run that it was given for. */
export function keyOf({ id, epoch }: Run): LeaseKey {
  return { runId: id, epoch };
}

/** Steps to append to the journal of a run. */
export function steps(run: Pick<Run, "entrySeq">, ...keys: readonly string[]): Append {
  const entries = keys.map((key) => ({ kind: "step" as const, key, outcome: "completed" as const, result: "1" }));
  return { firstSeq: run.entrySeq + 1, entries, waitpoints: [] };
}

/** A step with an undo, which is owed from here on. */
export function intent(run: Pick<Run, "entrySeq">, key: string): Append {
  return { firstSeq: run.entrySeq + 1, entries: [{ kind: "intent", key, outcome: "completed" }], waitpoints: [] };
}

async function leaseNow(env: VirtualEnv, engine: Engine, limit: number): Promise<readonly Run[]> {
  const [workerId, leaseId] = [createId("worker", env), createId("lease", env)];
  const { runs } = await env.runUntil(
    engine.leaseRuns({ workerId, leaseId, tasks: ["job", "child"], limit, waitMs: 0 }),
  );
  return runs;
}

async function nothing(engine: Engine, runId: string): Promise<Append> {
  const { entrySeq } = await engine.getRun(runId);
  return { firstSeq: entrySeq + 1, entries: [], waitpoints: [] };
}
