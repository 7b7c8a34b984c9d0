/** The tour: one process killed at each failpoint, one after the other, by an order whose run comes by. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Line } from "../e2e/effects.ts";
import { placeAndNote, type StubbornApplication } from "./application.ts";
import type { Cluster } from "./cluster.ts";
import { arm, type Death, disarm } from "./failpoints.ts";
import { type End, order } from "./kinds.ts";
import { openLook } from "./look.ts";
import type { Server } from "./server.ts";
import { type Sight, see } from "./sight.ts";
import { until } from "./until.ts";
import type { PlannedVisit } from "./visits.ts";

/** Orders of the tour have numbers of their own. */
const FIRST_NUMBER = -1;
const REACHED_WITHIN_MS = 60_000;
/** On a busy machine an order may have come to its end before the blow that was to meet it in a step. */
const TRIES = 10;

class Missed extends Error {}

export class Tour {
  readonly #cluster: Cluster;
  readonly #app: StubbornApplication;
  readonly problems: string[] = [];
  /** What must become of its orders, by their numbers. */
  readonly ends = new Map<number, End>();
  #number = FIRST_NUMBER;

  constructor(cluster: Cluster, app: StubbornApplication) {
    this.#cluster = cluster;
    this.#app = app;
  }

  /** Never throws: what went wrong is a problem of this visit, and the next one follows. */
  async visit(visit: PlannedVisit): Promise<boolean> {
    const before = this.problems.length;
    try {
      await this.#visitUntilMet(visit);
    } catch (error) {
      this.problems.push(`${nameOf(visit)}: ${(error as Error).message}`);
    } finally {
      disarm(this.#cluster.place.folder);
    }
    // Whoever waits for the end of the loop may look here meanwhile.
    writeFileSync(join(this.#cluster.place.folder, "problems.txt"), this.problems.join("\n"));
    return this.problems.length === before;
  }

  async #visitUntilMet(visit: PlannedVisit): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#visit(visit);
        return;
      } catch (error) {
        if (!(error instanceof Missed) || tries === TRIES) throw error;
        disarm(this.#cluster.place.folder);
      }
    }
  }

  async #visit(visit: PlannedVisit): Promise<void> {
    const { folder, isPostgres } = this.#cluster.place;
    const n = this.#numberFor(visit);
    const key = `tour ${n}`;
    const what = nameOf(visit);
    const placing = order(visit.order, Math.abs(n), key);
    this.ends.set(n, placing.end);
    let found: Sight | undefined;
    this.#cluster.whileDead = async () => {
      found ??= await this.#see(key);
    };
    const from = this.#cluster.deaths.length;
    arm(folder, visit.at, visit.times);
    for (const at of visit.then ?? []) arm(folder, at);
    const placed = placeAndNote(this.#app, this.#cluster.effects, n, placing);
    // It is awaited below; until then it may fail unheard.
    placed.catch(() => undefined);
    await this.#act(visit, placed);
    const { pid } = await until(what, () => this.#deathOrMiss(visit, from, placed), REACHED_WITHIN_MS);
    const isNode = this.#cluster.servers.some((server) => server.pids.has(pid) && !server.workers.includes(pid));
    if (visit.finds !== undefined && !isPostgres) {
      const seen = await until(`${what}: somebody looked`, () => found);
      this.#compare(`${what}, found`, visit.finds, seen);
    }
    for (const at of visit.then ?? [])
      await until(`${at}, by the same order`, () => this.#cluster.deathAt(at, from), REACHED_WITHIN_MS);
    if (isNode) await this.#cluster.untilReady();
    await this.#untilEnded(await placed);
    const seen = await this.#see(key);
    if (seen.alerts > 0) {
      const run = await placed;
      await until("somebody was told", () => this.#cluster.webhook.wasTold(run) || undefined);
    }
    if (visit.happens !== undefined) this.#compare(`${what}, happened`, visit.happens, seen);
  }

  /** Numbers of its own, below those of clients. */
  nextNumber(): number {
    return --this.#number;
  }

  /** Endless runs wait when their number is even, and sit in a step otherwise. */
  #numberFor({ act }: PlannedVisit): number {
    const wantsEven = act === "cancel waiting";
    while ((this.nextNumber() % 2 === 0) !== wantsEven);
    return this.#number;
  }

  /** @throws {Missed} when nothing is left that could come by. */
  async #deathOrMiss({ at, act }: PlannedVisit, from: number, placed: Promise<string>): Promise<Death | undefined> {
    const death = this.#cluster.deathAt(at, from);
    if (death !== undefined || act !== "kill the node in step") return death;
    const run = await placed;
    const { isCompleted } = await this.#app.ask(({ runs }) => runs.retrieve(run));
    if (isCompleted && this.#cluster.deathAt(at, from) === undefined) throw new Missed(`${at}: its run had ended`);
    return undefined;
  }

  async #act({ act, order }: PlannedVisit, placed: Promise<string>): Promise<void> {
    const cluster = this.#cluster;
    if (order === "forgetful" || order === "alarmedHeld") this.#restartUntilEnded(placed);
    if (act === undefined) return;
    if (act === "restart the node") {
      await placed;
      await cluster.killNode(cluster.servers[0] as (typeof cluster.servers)[number]);
      return;
    }
    const run = await placed;
    const began = await until("its first step", () =>
      this.#lines().find((line) => line.kind === "began" && line.run === run),
    );
    const worker = "life" in began ? began.life : 0;
    if (act.endsWith("waiting")) await this.#untilWaiting(run);
    if (act.startsWith("cancel")) this.#app.cancel(run).catch(() => undefined);
    else if (act === "stop the worker in step") cluster.stopWorker(worker);
    else if (act === "kill the worker in step") cluster.killWorker(worker);
    else if (act === "kill the node in step") await cluster.killNode(cluster.nodeOf(worker) as Server);
    else for (const server of cluster.servers) for (const pid of server.workers) cluster.killWorker(pid);
  }

  /** As a person would who sees that it is held. */
  #restartUntilEnded(placed: Promise<string>): void {
    const restart = async () => {
      const run = await placed;
      for (;;) {
        await this.#app.restartHeld();
        const { isCompleted } = await this.#app.ask(({ runs }) => runs.retrieve(run));
        if (isCompleted) return;
        await pause(50);
      }
    };
    restart().catch(() => undefined);
  }

  async #untilWaiting(run: string): Promise<void> {
    await until("it waits", async () => {
      const { isWaiting } = await this.#app.ask(({ runs }) => runs.retrieve(run));
      return isWaiting || undefined;
    });
  }

  async #untilEnded(run: string): Promise<void> {
    await until(`the end of ${run}`, async () => {
      const { isCompleted } = await this.#app.ask(({ runs }) => runs.retrieve(run));
      return isCompleted || undefined;
    });
  }

  #lines(): readonly Line[] {
    return this.#cluster.effects.read();
  }

  async #see(key: string): Promise<Sight> {
    const look = openLook(this.#cluster.place);
    try {
      return await see(look, this.#lines(), key);
    } finally {
      await look.close();
    }
  }

  #compare(what: string, isAsSaid: (seen: Sight) => boolean, seen: Sight | undefined): void {
    if (seen !== undefined && isAsSaid(seen)) return;
    const { effects, ...rest } = seen ?? { effects: () => [] };
    const steps = ["a", "b", "kept", "shaky"].map((step) => `${step}: ${effects(step).length}`);
    this.problems.push(`${what} is not what the table says: ${JSON.stringify(rest)} ${steps.join(" ")}`);
  }
}

function nameOf({ at, times = 1, order }: PlannedVisit): string {
  return `${at}${times === 1 ? "" : ` (time ${times})`}, by an order of ${order}`;
}
