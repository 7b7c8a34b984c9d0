/**
 * The program of a client: `node client.ts <folder> <urls as JSON>`. It places orders until there is a file `stop`, cancels those
 * whose kind says so, and restarts what is held. It is killed and started again; then it repeats what was not accepted.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openEffects } from "../e2e/effects.ts";
import { placeAndNote, StubbornApplication } from "./application.ts";
import { orderOf } from "./kinds.ts";

const [folder = "", urls = "[]", pace = "0"] = process.argv.slice(2);
const app = new StubbornApplication(JSON.parse(urls) as string[]);
const effects = openEffects(folder);
const LANES = 8;
const MOST_OPEN = 80;
const REPEATED = 24;

const accepted = new Map(
  effects.read().flatMap((line) => (line.kind === "accepted" && line.order >= 0 ? [[line.order, line.run]] : [])),
);
const isStopped = () => existsSync(join(folder, "stop"));
const last = Math.max(-1, ...accepted.keys());

let isCrowded = false;
// Some that were accepted are asked for again: the key leads to the same run, whoever asks.
let next = Math.max(0, last - REPEATED);
await Promise.all([...Array.from({ length: LANES }, placeAll), tend()]);

/** One order after the other, beside others who do the same, and no more than are worked off: kills must find runs at all their places. */
async function placeAll(): Promise<void> {
  while (!isStopped()) {
    if (isCrowded) {
      await pause(100);
      continue;
    }
    const n = next++;
    if (accepted.has(n) && orderOf(n).options.idempotencyKey === undefined) continue;
    await place(n);
    await pause(Number(pace) * LANES * 2 * Math.random());
  }
}

async function place(n: number): Promise<void> {
  const order = orderOf(n);
  const run = await placeAndNote(app, effects, n, order);
  if (order.later === undefined) return;
  await pause(100 + (n % 4) * 100);
  await app.cancel(run);
}

async function tend(): Promise<void> {
  while (!isStopped()) {
    await app.restartHeld();
    isCrowded = (await app.countOpen()) >= MOST_OPEN;
    await pause(250);
  }
}
