/** A process that stops its Perdure in one way or another and then has nothing left to do. Started by tests. */
import { setTimeout as pause } from "node:timers/promises";
import { createPerdure } from "../../src/embedded/index.ts";
import { step, task, wait } from "../../src/sdk/index.ts";

const [db = "", how = "stop"] = process.argv.slice(2);
let isExecuting = false;

const quick = task({ id: "quick", run: (n: number) => n });
const waiting = task({ id: "waiting", run: () => wait.for("1h") });
const executing = task({
  id: "executing",
  maxDuration: 600,
  run: async (_: undefined, { signal }) => {
    await step.run("hang", async () => {
      isExecuting = true;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
  },
});

const options = { db, tasks: [quick, waiting, executing] };
if (how === "using") {
  await using perdure = await createPerdure(options);
  await perdure.runs.poll(await quick.trigger(1));
} else {
  const perdure = await createPerdure(options);
  await perdure.runs.poll(await quick.trigger(1));
  if (how === "while-executing") {
    await executing.trigger(undefined);
    while (!isExecuting) await pause(10);
  }
  if (how === "while-waiting") {
    await waiting.trigger(undefined);
    await quick.trigger(2, { delay: "1h", ttl: "1h" });
    while ((await perdure.runs.list({ status: "waiting" })).data.length === 0) await pause(10);
  }
  await perdure.stop();
}
console.log("done");
