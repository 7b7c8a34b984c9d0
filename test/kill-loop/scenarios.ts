/** What no failpoint can bring about: kills from outside, code that kills, a process that is busy, a node that is slow. */
import { setTimeout as pause } from "node:timers/promises";
import { placeAndNote, type StubbornApplication } from "./application.ts";
import type { Cluster } from "./cluster.ts";
import type { Scenario } from "./crash-points.ts";
import { type End, type KindName, type Order, order } from "./kinds.ts";
import { isLoss } from "./leases.ts";
import { isOurs } from "./processes.ts";
import type { Server } from "./server.ts";
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
  "worker killed": async (stage) => {
    const run = await place(stage, "waiting");
    stage.cluster.killWorker((await began(stage, run)).life);
    const { events } = await endOf(stage, run);
    return events.some(isLoss) ? undefined : `its story is ${events.join(" ")}`;
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

  poison: async (stage) => {
    const n = stage.nextNumber();
    stage.expect(n, { status: "failed", message: "" });
    const run = await placeAs(stage, n, { task: "poison", payload: n, options: {} });
    const { status, code } = await endOf(stage, run);
    return status === "failed" && code === "CRASHED" ? undefined : `it is ${status} with ${code}`;
  },

  "busy worker": async (stage) => {
    const ms = stage.leaseMs * 1.5;
    const n = stage.nextNumber();
    stage.expect(n, { status: "completed", output: ms });
    const run = await placeAs(stage, n, { task: "busy", payload: ms, options: {} });
    const { status, events } = await endOf(stage, run);
    const isOneLease = events.filter((kind) => kind === "run.started").length === 1;
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

/** The process in which its first step began; 0 before that. */
function lifeOf({ cluster }: Stage, run: string): number {
  const began = cluster.effects.read().find((line) => line.kind === "began" && line.run === run);
  return began?.life ?? 0;
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
