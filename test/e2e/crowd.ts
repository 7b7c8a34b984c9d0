/** A process with many waiting runs, which says how much memory they cost it. Started by a test, with `--expose-gc`. */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { createPerdure } from "../../src/embedded/index.ts";
import { step, task, wait } from "../../src/sdk/index.ts";

const [db = "", before = "0", more = "0"] = process.argv.slice(2);

const patient = task({
  id: "patient",
  run: async ({ n }: { n: number; text: string }) => {
    const found = await step.run("look", () => `found ${n}`);
    await wait.for("1 day");
    return found;
  },
});

await using _perdure = await createPerdure({ db, tasks: [patient], durability: "normal" });
const database = new DatabaseSync(db, { readOnly: true });
const waiting = database.prepare("select count(*) as number from runs where status = 'waiting'");
// What a process needs once, whatever it does, is not what a run costs.
await waitUntilThereAre(Number(before));
const first = await measure();
await waitUntilThereAre(Number(before) + Number(more));
const second = await measure();
database.close();
console.log(JSON.stringify({ rss: second.rss - first.rss, heap: second.heap - first.heap, total: second.rss }));

async function waitUntilThereAre(count: number): Promise<void> {
  const missing = count - waitingNow();
  for (let placed = 0; placed < missing; placed += 1_000) {
    const size = Math.min(1_000, missing - placed);
    await patient.batchTrigger(Array.from({ length: size }, (_, n) => ({ payload: { n, text: "x".repeat(500) } })));
  }
  while (waitingNow() < count) await pause(100);
}

function waitingNow(): number {
  return Number(waiting.get()?.["number"]);
}

async function measure(): Promise<{ rss: number; heap: number }> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await pause(100);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed };
}
