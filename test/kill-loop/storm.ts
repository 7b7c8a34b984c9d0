/** The storm: kills at random while clients order without end. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Cluster } from "./cluster.ts";
import { endWithUs } from "./end-with-us.ts";
import { arm, disarm, FAILPOINTS, FOLDER_VARIABLE } from "./failpoints.ts";
import { PRUNING } from "./visits.ts";

export interface Weather {
  readonly random: () => number;
  readonly seconds: number;
  /** Between two orders of the client, on the average. */
  readonly paceMs: number;
  /** Kills something of the database itself, where there is something to kill. */
  readonly killDatabase?: () => Promise<void>;
}

/** What has been killed comes back first; then there is work for so long, until the next blow. */
const WORK_MS = { least: 100, most: 900 };
/**
 * And so much of it, in characters of effects: a machine that is busy with other things would let runs begin and get nowhere, three
 * times in a row, which is what code that takes down its process looks like.
 */
const WORK_CHARACTERS = 6_000;
const LONGEST_WORK_MS = 10_000;
/** An armed failpoint that nobody came by in this time is left to be found later. */
const ARMED_MS = 400;

export class Storm {
  readonly #cluster: Cluster;
  readonly #weather: Weather;
  #client: ChildProcess | undefined;
  #isOver = false;
  readonly problems: string[] = [];

  constructor(cluster: Cluster, weather: Weather) {
    this.#cluster = cluster;
    this.#weather = weather;
  }

  async rage(): Promise<void> {
    const { folder } = this.#cluster.place;
    rmSync(join(folder, "stop"), { force: true });
    const clients = this.#keepClient();
    const end = performance.now() + this.#weather.seconds * 1_000;
    while (performance.now() < end) {
      await pause(WORK_MS.least + this.#weather.random() * (WORK_MS.most - WORK_MS.least));
      await this.#strike();
      this.#cluster.noteDeaths();
      // With two nodes, one works on while the other comes back.
      if (this.#cluster.servers.length === 1) await this.#cluster.untilReady();
      await this.#untilWorkIsDone();
    }
    this.#isOver = true;
    disarm(folder);
    writeFileSync(join(folder, "stop"), "");
    await clients;
  }

  async #untilWorkIsDone(): Promise<void> {
    const until = performance.now() + LONGEST_WORK_MS;
    const enough = this.#cluster.effects.size() + WORK_CHARACTERS;
    while (this.#cluster.effects.size() < enough && performance.now() < until) await pause(20);
  }

  async #strike(): Promise<void> {
    const { random, killDatabase } = this.#weather;
    const { servers, place } = this.#cluster;
    const server = pick(servers, random);
    const luck = random();
    if (luck < 0.3) {
      const worker = pick(server?.workers ?? [], random);
      if (worker !== undefined) this.#cluster.killWorker(worker);
    } else if (luck < 0.45) {
      if (server !== undefined) await this.#cluster.killNode(server);
    } else if (luck < 0.75) {
      const places = FAILPOINTS.filter((failpoint) => !PRUNING.includes(failpoint));
      arm(place.folder, pick(places, random) as (typeof FAILPOINTS)[number], 1 + Math.floor(random() * 3));
      await pause(ARMED_MS);
    } else if (luck < 0.85) {
      this.#client?.kill("SIGKILL");
    } else if (luck < 0.95) {
      const worker = pick(server?.workers ?? [], random);
      if (worker !== undefined) this.#cluster.stopWorker(worker);
    } else {
      await killDatabase?.();
    }
  }

  /** One client after the other; the last one comes to its end. */
  async #keepClient(): Promise<void> {
    const { place, urls } = this.#cluster;
    const program = resolve(import.meta.dirname, "client.ts");
    for (;;) {
      const args = [program, place.folder, JSON.stringify(urls), String(this.#weather.paceMs)];
      const client = spawn(process.execPath, args, {
        stdio: ["ignore", "inherit", "pipe"],
        env: { PATH: process.env["PATH"], [FOLDER_VARIABLE]: place.folder },
      });
      endWithUs(client);
      this.#client = client;
      let complaint = "";
      client.stderr.setEncoding("utf8").on("data", (text: string) => {
        complaint += text;
      });
      const [code, signal] = await once(client, "close");
      if (signal !== "SIGKILL" && code !== 0)
        this.problems.push(`a client ended with ${code}: ${complaint.slice(0, 2_000)}`);
      if (this.#isOver && signal !== "SIGKILL") return;
      if (code !== 0 && signal !== "SIGKILL") return;
    }
  }

  /** For the end of a loop that broke off. */
  end(): void {
    this.#isOver = true;
    this.#client?.kill("SIGKILL");
  }
}

function pick<Value>(list: readonly Value[], random: () => number): Value | undefined {
  return list[Math.floor(random() * list.length)];
}
