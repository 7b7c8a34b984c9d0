/** The nodes of a loop, each started again whenever it has ended, and the log of who was killed. */

import { setTimeout as pause } from "node:timers/promises";
import { type Effects, openEffects } from "../e2e/effects.ts";
import { freePort } from "../free-port.ts";
import { type Death, type Failpoint, takeDeaths } from "./failpoints.ts";
import type { Place } from "./place.ts";
import { type Application, applicationOf, Server } from "./server.ts";
import { type Settings, writeSettings } from "./settings.ts";
import { startWebhook, type Webhook } from "./webhook.ts";

export class Cluster {
  readonly place: Place;
  readonly servers: readonly Server[];
  readonly effects: Effects;
  readonly webhook: Webhook;
  /** Asked before a node that has ended is started again. */
  whileDead: () => Promise<void> = async () => undefined;
  /** Processes that ended without being told to. */
  beforeStart: () => void = () => undefined;
  readonly surprises: string[] = [];
  readonly deaths: Death[] = [];
  kills = 0;
  #isStopping = false;
  #expected = new Set<number>();
  #lives: readonly Promise<void>[] = [];

  private constructor(place: Place, servers: readonly Server[], webhook: Webhook) {
    this.place = place;
    this.servers = servers;
    this.webhook = webhook;
    this.effects = openEffects(place.folder);
  }

  static async create(place: Place, nodes: number, settings: Settings): Promise<Cluster> {
    writeSettings(place.folder, settings);
    const webhook = await startWebhook();
    const servers: Server[] = [];
    for (let n = 1; n <= nodes; n++)
      servers.push(new Server(place, { port: await freePort(), name: `node-${n}`, webhookUrl: webhook.url }));
    return new Cluster(place, servers, webhook);
  }

  get urls(): readonly string[] {
    return this.servers.map(({ url }) => url);
  }

  /** One for each node. */
  get applications(): readonly Application[] {
    return this.urls.map((url) => applicationOf(url));
  }

  /** Orders that clients were told of as accepted. */
  get accepted(): number {
    return this.effects.read().filter(({ kind }) => kind === "accepted").length;
  }

  async untilReady(): Promise<void> {
    for (const server of this.servers) while (!(await this.#isReady(server))) await pause(10);
  }

  /** One that is known to be killed may not have been seen to end yet. */
  async #isReady(server: Server): Promise<boolean> {
    return !this.#expected.has(server.pid) && server.isAlive && (await server.untilReady());
  }

  /** Who ended at this failpoint, if somebody has, after so many deaths. */
  deathAt(failpoint: Failpoint, earlier = 0): Death | undefined {
    this.noteDeaths();
    return this.deaths.slice(earlier).find((death) => death.failpoint === failpoint);
  }

  async start(): Promise<void> {
    this.#isStopping = false;
    for (const server of this.servers) server.start();
    this.#lives = this.servers.map((server) => this.#live(server));
    for (const server of this.servers) await server.untilReady();
  }

  async #live(server: Server): Promise<void> {
    for (;;) {
      const end = await server.ended();
      this.noteDeaths();
      if (this.#isStopping) return;
      if (end !== "SIGKILL" || !this.#expected.delete(server.pid))
        this.surprises.push(`node ${server.pid} ended with ${end}`);
      await this.whileDead();
      this.beforeStart();
      server.start();
      // Before that nobody can be killed in it, and its successor would wait for the same trouble.
      await server.untilReady();
    }
  }

  /** The node whose process or worker process it is. */
  nodeOf(pid: number): Server | undefined {
    return this.servers.find((server) => server.pid === pid || server.workers.includes(pid));
  }

  async killNode(server: Server): Promise<void> {
    if (!server.isAlive) return;
    this.#note(server.pid);
    await server.kill();
  }

  killWorker(pid: number): void {
    this.#note(pid);
    signal(pid, "SIGKILL");
  }

  /** Asks a worker process to hand its runs back. */
  stopWorker(pid: number): void {
    signal(pid, "SIGTERM");
  }

  /** Those that ended at a failpoint since this was asked last. */
  noteDeaths(): void {
    const deaths = takeDeaths(this.place.folder);
    for (const death of deaths) this.#note(death.pid);
    this.deaths.push(...deaths);
  }

  #note(pid: number): void {
    this.kills++;
    this.#expected.add(pid);
    this.effects.add({ kind: "killed", life: pid });
  }

  /** @returns What did not end as it should. */
  async stop(): Promise<readonly string[]> {
    this.#isStopping = true;
    const ends = await Promise.all(this.servers.map((server) => server.stop()));
    await Promise.all(this.#lives);
    const problems = ends.flatMap((end, i) => (end === 0 ? [] : [`node ${i + 1} stopped with ${end}`]));
    for (const server of this.servers)
      for (const pid of await server.leftovers()) problems.push(`process ${pid} is still there`);
    return problems;
  }

  /** For the end of a loop, also of one that broke off. */
  async killAll(): Promise<void> {
    this.#isStopping = true;
    for (const server of this.servers) {
      const { workers } = server;
      await server.kill();
      for (const pid of workers) signal(pid, "SIGKILL");
    }
    await this.webhook.close();
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself meanwhile.
  }
}
