/**
 * A process of an application: opens the database, places the orders that no process before has placed, and ends when all
 * runs are final. Started by the tests with its options as JSON, and killed by them.
 */
import { setTimeout as pause } from "node:timers/promises";
import { createPerdure } from "../../src/embedded/index.ts";
import { openEffects } from "./effects.ts";
import { type LifeOptions, orderOf } from "./orders.ts";
import { createTasks } from "./workload.ts";

/** Orders that are placed at once. */
const BURST = 8;

const { db, folder, life, orders, paceMs, lease } = JSON.parse(process.argv[2] ?? "") as LifeOptions;
const effects = openEffects(folder);
const tasks = createTasks(effects, life);
const placed = new Set(effects.read().flatMap((line) => (line.kind === "accepted" ? [line.order] : [])));
const perdure = await createPerdure({
  db,
  tasks: Object.values(tasks),
  keepWarm: life % 2 === 0 ? 0 : 100,
  ...(lease === undefined ? {} : { lease }),
});
console.log("ready");

for (let first = 0; first < orders; first += BURST) {
  const burst = Array.from({ length: Math.min(BURST, orders - first) }, (_, i) => first + i);
  await Promise.all(burst.filter((order) => isWanted(order)).map((order) => place(order)));
  if (burst.some((order) => !placed.has(order))) await pause(paceMs * BURST);
}
for (;;) {
  const { data } = await perdure.runs.list({ status: ["queued", "executing", "waiting"], limit: 1 });
  if (data.length === 0) break;
  await pause(50);
}
await perdure.stop();

/** Some that were accepted are asked for again: the key leads to the same run, whoever asks. */
function isWanted(order: number): boolean {
  return !placed.has(order) || (orderOf(order).key !== undefined && order % 7 === life % 7);
}

async function place(order: number): Promise<void> {
  const { kind, key } = orderOf(order);
  const handle = await tasks[kind].trigger(order, key === undefined ? {} : { idempotencyKey: key });
  effects.add({ kind: "accepted", order, run: handle.id, life });
}
