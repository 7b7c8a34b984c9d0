import type { NewEntry } from "../../core/entry.ts";
import { DEFAULT_RETRY } from "../../core/retry.ts";
import type { LeasedRun, LeaseKey, Run, RunEvent } from "../../core/run.ts";
import type { Append, NewRun, NewWaitpoint, Store } from "../store.ts";

export const TASK = "import";
export const LEASE_MS = 30_000;
const START = 1_700_000_000_000;

let environments = 0;

/**
 * One environment for one test, in a store that many tests share. Time stands still until a test moves it, and ids count up,
 * so that later ones sort after earlier ones.
 */
export interface World {
  readonly store: Store;
  /** The same database, opened as often as it allows. */
  readonly nodes: readonly Store[];
  readonly environmentId: string;
  /** For reads. */
  readonly here: { readonly environmentId: string };
  now: number;
  at(): { readonly environmentId: string; readonly now: number };
  id(kind: "run" | "waitpoint" | "lease" | "batch"): string;
  newRun(more?: Partial<NewRun>): NewRun;
  /** Makes one run and answers its id. */
  create(more?: Partial<NewRun>): Promise<string>;
  lease(
    limit?: number,
    more?: {
      tasks?: readonly string[];
      version?: { id: string; isLatest: boolean };
      lane?: "shared" | "alone";
      leaseId?: string;
      workerId?: string;
    },
  ): Promise<readonly LeasedRun[]>;
  /** Makes a run and leases it, and it alone: its task is its own. */
  execute(more?: Partial<NewRun>): Promise<LeaseKey>;
  /** Leases the run that `execute` made, again. */
  leaseAgain(runId: string): Promise<LeaseKey>;
  get(runId: string): Promise<Run>;
  events(runId: string): Promise<readonly RunEvent[]>;
  kinds(runId: string): Promise<readonly string[]>;
}

export function createWorld(nodes: readonly Store[]): World {
  const store = nodes[0] as Store;
  const environmentId = `environment ${++environments} of ${process.pid}`;
  let ids = 0;
  const world: World = {
    store,
    nodes,
    environmentId,
    here: { environmentId },
    now: START,
    at: () => ({ environmentId, now: world.now }),
    id: (kind) => `${kind}_${String(++ids).padStart(5, "0")}`,
    newRun: (more = {}) => ({ id: world.id("run"), dueAt: world.now, ...NEW_RUN, ...more }),
    async create(more) {
      const run = world.newRun(more);
      await store.createRuns({ ...world.at(), runs: [run] });
      return run.id;
    },
    lease: (limit = 10, { tasks = [TASK], leaseId = world.id("lease"), workerId = "worker_1", ...version } = {}) =>
      store.leaseRuns({ ...world.at(), workerId, leaseId, tasks, limit, leaseMs: LEASE_MS, ...version }),
    async execute(more) {
      const id = world.id("run");
      await world.create({ id, task: `task of ${id}`, ...more });
      return world.leaseAgain(id);
    },
    async leaseAgain(runId) {
      const { task } = await world.get(runId);
      const [run] = await world.lease(1, { tasks: [task] });
      if (run?.id !== runId) throw new Error(`${runId} could not be leased`);
      return { runId, epoch: run.epoch };
    },
    async get(runId) {
      const run = await store.findRun({ environmentId, runId });
      if (run === undefined) throw new Error(`${runId} is not there`);
      return run;
    },
    events: (runId) => store.listRunEvents({ environmentId, runId, afterSeq: 0, limit: 1_000 }),
    kinds: async (runId) => (await world.events(runId)).map(({ kind }) => kind),
  };
  return world;
}

const NEW_RUN: Omit<NewRun, "id" | "dueAt"> = {
  task: TASK,
  queue: "default",
  tags: [],
  retry: DEFAULT_RETRY,
  priorityMs: 0,
  depth: 0,
  onDivergence: "fail",
};

export const FAILURE = { kind: "error", name: "Error", message: "It broke" } as const;

export function nothing(firstSeq = 1): Append {
  return { firstSeq, entries: [], waitpoints: [] };
}

export function append(firstSeq: number, entries: readonly NewEntry[], more: Partial<Append> = {}): Append {
  return { firstSeq, entries, waitpoints: [], ...more };
}

export function step(name: string, result = "{}"): NewEntry {
  return { kind: "step", key: `step:${name}#1`, outcome: "completed", result };
}

export function intent(name: string): NewEntry {
  return { kind: "intent", key: `intent:${name}#1`, outcome: "completed" };
}

export function undo(seq: number): NewEntry {
  return { kind: "undo", key: `undo:${seq}`, outcome: "completed" };
}

export function timer(id: string, dueAt: number): NewWaitpoint {
  return { id, entryKey: `wait:until/${id}#1`, kind: "time", dueAt };
}

export function children(id: string): NewWaitpoint {
  return { id, entryKey: `children:import/${id}#1`, kind: "children" };
}

/** Everything that is to be seen of a run. */
export async function story({ store, environmentId }: World, runId: string) {
  const run = await store.findRun({ environmentId, runId });
  const journals = Array.from({ length: run?.journal ?? 0 }, (_, i) => i + 1);
  const here = { environmentId, runId, afterSeq: 0, limit: 1_000 };
  return {
    run,
    events: await store.listRunEvents(here),
    entries: await Promise.all(journals.map((journal) => store.listEntries({ ...here, journal }))),
    waitpoints: await Promise.all(journals.map((journal) => store.listWaitpoints({ ...here, journal }))),
  };
}
