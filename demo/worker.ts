/**
 * The process that does the work: `node demo/worker.ts <folder> <number> [<moment> <count>]`. It opens the database, asks for
 * the import (the idempotency key makes sure that only the first request starts one) and waits for its end, unless it kills
 * itself before. In a project of your own the imports from `src` read `perdure/embedded` and `perdure`.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createPerdure, type Perdure } from "../src/embedded/index.ts";
import type { Kill, Moment } from "./kill-plan.ts";
import { begin, Life, life } from "./life.ts";
import { importChunk, importRegions } from "./tasks.ts";

const [folder = "", number = "1", moment, count] = process.argv.slice(2);
const kill: Kill | undefined = moment === undefined ? undefined : { moment: moment as Moment, count: Number(count) };
begin(new Life({ folder, number: Number(number), kill }));

const perdure = await createPerdure({ db: join(folder, "perdure.db"), tasks: [importRegions, importChunk] });
const handle = await importRegions.trigger(undefined, { idempotencyKey: "regions" });
life().reach("accepted");

const watching = watch(perdure, handle.id);
const run = await perdure.runs.poll(handle);
await watching;
await perdure.stop();
life().results.close();
process.exitCode = run.isSuccess ? 0 : 1;

/** Looks from outside for the moments at which no code of ours is running. */
async function watch({ runs }: Perdure, id: string): Promise<void> {
  if (kill?.moment !== "parked" && kill?.moment !== "all-parked") return;
  for (;;) {
    const { isWaiting, isCompleted } = await runs.retrieve(id);
    const busy = await runs.list({ status: ["queued", "executing"] });
    const waiting = await runs.list({ status: "waiting" });
    if (isWaiting) life().reach("parked");
    if (busy.data.length === 0 && waiting.data.length >= 2) life().reach("all-parked");
    if (isCompleted) return;
    await pause(10);
  }
}
