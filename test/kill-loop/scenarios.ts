/** What no failpoint can bring about: kills from outside, code that kills, a process that is busy, a node that is slow. */
import { setTimeout as pause } from "node:timers/promises";
import { MAX_BARREN_LEASES } from "../../src/core/poison.ts";
import { isLoss } from "../../src/core/run-state.ts";
import type { TriggerOptions } from "../../src/sdk/index.ts";
import { placeAndNote, type StubbornApplication } from "./application.ts";
import type { Cluster } from "./cluster.ts";
import type { Scenario } from "./crash-points.ts";
import { arm } from "./failpoints.ts";
import { type End, type KindName, type Order, order } from "./kinds.ts";
import { isOurs } from "./processes.ts";
import { type Server, WORKERS_EACH } from "./server.ts";
import { until } from "./until.ts";

export interface Stage {
  readonly cluster: Cluster;
  readonly app: StubbornApplication;
  readonly leaseMs: number;
  /** A number that no order has. */
  nextNumber(): number;
  /** What must become of the order with this number. */
  expect(n: number, end: End): void;
}

/** More than one node executes at once. */
const MOST_ENDLESS = 60;

/** @returns What was not as the table of crash points says. */
type Play = (stage: Stage) => Promise<string | undefined>;

export const SCENARIOS: Readonly<Record<Scenario, Play>> = {
  /** One has the run that is leased just then and has not begun, and others that are in a step. */
  "worker killed": async (stage) => {
    const { cluster, app } = stage;
    const endless = await placeEndlessEverywhere(stage);
    arm(cluster.place.folder, "in a worker, after lease");
    const row = await place(stage, "row");
    const ended = await endOf(stage, row);
    if (ended.status !== "completed" || !ended.events.includes("run.released")) return `the new run ${said(ended)}`;
    for (const run of endless) {
      await until("it is in a step again", async () => (await look(stage, run)).isExecuting || undefined);
    }
    for (const run of endless) await app.cancel(run);
    const stories = await Promise.all(endless.map((run) => endOf(stage, run)));
    const wrong = stories.find(({ status }) => status !== "canceled");
    if (wrong !== undefined) return `one of the others ${said(wrong)}`;
    return stories.some(({ events }) => events.includes("run.quarantined")) ? undefined : "nobody was in quarantine";
  },

  "node killed": async (stage) => {
    const run = await place(stage, "row");
    await began(stage, run);
    const server = stage.cluster.servers[0] as Server;
    const { workers } = server;
    await stage.cluster.killNode(server);
    await until("its workers are gone", () => !workers.some(isOurs) || undefined);
    const { status } = await endOf(stage, run);
    return status === "completed" ? undefined : `it is ${status}`;
  },

  "killed while parked": async (stage) => {
    const run = await place(stage, "sleeping");
    await until("it waits", async () => (await look(stage, run)).isWaiting || undefined);
    await stage.cluster.killNode(stage.cluster.servers[0] as Server);
    const { events } = await endOf(stage, run);
    const parked = events.indexOf("run.parked");
    return events[parked + 1] === "run.woken" ? undefined : `its story is ${events.join(" ")}`;
  },

  "node killed again and again": async (stage) => {
    const { cluster } = stage;
    const run = await placeFailing(stage, "stuck");
    for (let deaths = 0; deaths < MAX_BARREN_LEASES; deaths++) {
      const life = await until("it is in its step", () => livesOf(stage, run)[deaths]);
      await cluster.killNode(cluster.nodeOf(life) as Server);
      await cluster.untilReady();
    }
    return unlessFailed(stage, run, "CRASHED");
  },

  /** The first takes its process down, the second keeps it from everything, and both are alone when that happens again. */
  "one run to a process": async (stage) => {
    const [poison, hung] = [await placeFailing(stage, "poison"), await placeFailing(stage, "hung")];
    for (const [run, code] of [
      [poison, "CRASHED"],
      [hung, "HUNG"],
    ] as const) {
      const problem = await unlessFailed(stage, run, code);
      if (problem !== undefined) return problem;
      const { events } = await endOf(stage, run);
      if (events.filter((kind) => kind === "run.quarantined").length !== 1) return `${run} ${events.join(" ")}`;
    }
    const lives = livesOf(stage, poison);
    return lives.length === 2 ? undefined : `it was executed in ${lives.length} processes`;
  },

  "too much memory": async (stage) => unlessFailed(stage, await placeFailing(stage, "glutton"), "OUT_OF_MEMORY"),

  "past its maxDuration": async (stage) => {
    const { app } = stage;
    const endless = await placeEndlessEverywhere(stage);
    const run = await placeFailing(stage, "overrunning", { maxDuration: 1 });
    const problem = await unlessFailed(stage, run, "MAX_DURATION_EXCEEDED");
    for (const sibling of endless) await app.cancel(sibling);
    const stories = await Promise.all(endless.map((sibling) => endOf(stage, sibling)));
    const blamed = stories.find(({ status, events }) => status !== "canceled" || events.some(isLoss));
    if (blamed !== undefined) return `a sibling ${said(blamed)}`;
    if (!stories.some(({ events }) => events.includes("run.released"))) return "no sibling was given back";
    return problem;
  },

  "busy worker": async (stage) => {
    const ms = stage.leaseMs * 1.5;
    const n = stage.nextNumber();
    stage.expect(n, { status: "completed", output: ms });
    const run = await placeAs(stage, n, { task: "busy", payload: ms, options: {} });
    const { status, events } = await endOf(stage, run);
    const count = (wanted: string) => events.filter((kind) => kind === wanted).length;
    // It may be leased first on behalf of a process that was just killed, and is given back then.
    const isOneLease = !events.some(isLoss) && count("run.started") - count("run.released") === 1;
    return status === "completed" && isOneLease ? undefined : `it is ${status} after ${events.join(" ")}`;
  },

  /** Its processes stand still for longer than a lease, and another node takes over what they held. */
  "slow node": async (stage) => {
    const { cluster, app, leaseMs } = stage;
    const [slow, other] = cluster.servers;
    if (slow === undefined || other === undefined) return "there is no other node";
    await until("both have workers", () => cluster.servers.every(({ workers }) => workers.length > 1) || undefined);
    // As many as it takes: those of the other node keep their places.
    const endless: string[] = [];
    const held = await until("it holds a run", async () => {
      const known = endless.find((run) => slow.workers.includes(lifeOf(stage, run)));
      if (known === undefined && endless.length < MOST_ENDLESS) endless.push(await placeEndless(stage));
      return known;
    });
    const rows = await Promise.all(Array.from({ length: 12 }, () => place(stage, "row")));
    const pids = [slow.pid, ...slow.workers];
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    try {
      await pause(leaseMs);
      await until("the other node took it over", async () => (await countStarts(stage, held)) > 1 || undefined);
    } finally {
      for (const pid of pids.reverse()) process.kill(pid, "SIGCONT");
    }
    for (const run of endless) await app.cancel(run);
    for (const run of rows) if ((await endOf(stage, run)).status !== "completed") return `${run} did not complete`;
    for (const run of endless) if ((await endOf(stage, run)).status !== "canceled") return `${run} was not canceled`;
    return undefined;
  },
};

/** A slow node is no matter where there is no other that could take over. */
export function scenariosOf(isPostgres: boolean): readonly Scenario[] {
  const all = Object.keys(SCENARIOS) as Scenario[];
  return isPostgres ? all : all.filter((name) => name !== "slow node");
}

/** The process in which its first step began; 0 before that. */
function lifeOf({ cluster }: Stage, run: string): number {
  const began = cluster.effects.read().find((line) => line.kind === "began" && line.run === run);
  return began?.life ?? 0;
}

/** The processes that a run's code was in, as far as it says so by itself. */
function livesOf({ cluster }: Stage, run: string): readonly number[] {
  return cluster.effects.read().flatMap((line) => (line.kind === "entered" && line.run === run ? [line.life] : []));
}

/** Asked of the second node alone: the first answers nobody. */
async function countStarts({ cluster }: Stage, run: string): Promise<number> {
  const events = await cluster.applications[1]?.runs.events(run);
  return (events ?? []).filter(({ kind }) => kind === "run.started").length;
}

/** Sits in a step, as those with an odd number do. */
function placeEndless(stage: Stage): Promise<string> {
  let n = stage.nextNumber();
  while (n % 2 === 0) n = stage.nextNumber();
  const placed = order("endless", Math.abs(n), `scenario ${n}`);
  stage.expect(n, placed.end);
  return placeAs(stage, n, placed);
}

/** In each process that runs share one at least, in its step. */
async function placeEndlessEverywhere(stage: Stage): Promise<readonly string[]> {
  const endless: string[] = [];
  const lives = new Set<number>();
  while (lives.size < WORKERS_EACH * stage.cluster.servers.length) {
    const run = await placeEndless(stage);
    endless.push(run);
    lives.add((await began(stage, run)).life);
  }
  return endless;
}

/** @param task - Whose first attempt is its last. */
function placeFailing(stage: Stage, task: string, options: TriggerOptions = {}): Promise<string> {
  const n = stage.nextNumber();
  stage.expect(n, { status: "failed", message: "" });
  return placeAs(stage, n, { task, payload: n, options });
}

async function unlessFailed(stage: Stage, run: string, wanted: string): Promise<string | undefined> {
  const { status, code, events } = await endOf(stage, run);
  return status === "failed" && code === wanted ? undefined : `it is ${status} with ${code} after ${events.join(" ")}`;
}

function said({ status, events }: { readonly status: string; readonly events: readonly string[] }): string {
  return `is ${status} after ${events.join(" ")}`;
}

function place(stage: Stage, kind: KindName): Promise<string> {
  const n = stage.nextNumber();
  const placed = order(kind, Math.abs(n), `scenario ${n}`);
  stage.expect(n, placed.end);
  return placeAs(stage, n, placed);
}

function placeAs({ app, cluster }: Stage, n: number, placed: Omit<Order, "end">): Promise<string> {
  return placeAndNote(app, cluster.effects, n, placed);
}

function began({ cluster }: Stage, run: string): Promise<{ readonly life: number }> {
  return until("its first step", () =>
    cluster.effects.read().find((line) => line.kind === "began" && line.run === run),
  ) as Promise<{ readonly life: number }>;
}

function look({ app }: Stage, run: string) {
  return app.ask(({ runs }) => runs.retrieve(run));
}

async function endOf({ app }: Stage, run: string) {
  const { status, error } = await app.ended(run);
  const events = await app.ask(({ runs }) => runs.events(run));
  return {
    status,
    code: (error as { code?: string } | undefined)?.code,
    events: events.map(({ kind }) => String(kind)),
  };
}
