/** A process that executes a thousand runs at once, each between a step that is done and one that hangs. Started by tests. */
import { createPerdure } from "../../src/embedded/index.ts";
import { step, task } from "../../src/sdk/index.ts";
import { openEffects } from "./effects.ts";

const COUNT = 1_000;
const [db = "", folder = "", life = "1", how = "hang"] = process.argv.slice(2);
const effects = openEffects(folder);
let hanging = 0;

const slow = task({
  id: "slow",
  run: async (n: number, { ctx }) => {
    const begin = (name: string) => effects.add({ kind: "began", run: ctx.run.id, step: name, life: Number(life) });
    await step.run("first", () => begin("first"));
    await step.run("second", async () => {
      begin("second");
      if (how === "finish") return;
      if (++hanging === COUNT) console.log("all execute");
      await new Promise(() => setInterval(() => undefined, 60_000));
    });
    return n;
  },
});

await using perdure = await createPerdure({ db, tasks: [slow], concurrency: COUNT });
if (how === "hang") {
  await slow.batchTrigger(Array.from({ length: COUNT }, (_, payload) => ({ payload })));
  await new Promise(() => undefined);
}
let after: string | undefined;
do {
  const page = await perdure.runs.list({ limit: 100, ...(after === undefined ? {} : { after }) });
  for (const { id } of page.data) {
    const run = await perdure.runs.poll(id);
    if (!run.isSuccess || run.attemptCount !== 1) throw new Error(`Run ${id} is ${run.status}: ${run.error?.message}`);
  }
  after = page.pagination.next;
} while (after !== undefined);
