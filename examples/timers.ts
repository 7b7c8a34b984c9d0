/**
 * Timers are recorded, and hold the run's slot while they are set; `wait.for` gives it back. An interval that is left running keeps a run
 * from parking, and each of its beats is an entry of the journal.
 * Run it with `node examples/timers.ts`, after `npm run build`.
 */
import { setTimeout as pause } from "node:timers/promises";
import { task, wait } from "perdure";
import { createTestPerdure } from "perdure/testing";

let beats = 0;

const tidy = task({
  id: "tidy",
  run: async () => {
    const heartbeat = setInterval(() => beats++, 1_000);
    try {
      await pause(4_500); // some seconds: a timer will do
    } finally {
      clearInterval(heartbeat); // before a long wait
    }
    await wait.for("1h"); // holds nothing
  },
});

const untidy = task({
  id: "untidy",
  run: async () => {
    const heartbeat = setInterval(() => beats++, 60_000);
    await wait.for("1h"); // holds its slot all the while
    clearInterval(heartbeat);
  },
});

for (const each of [tidy, untidy]) {
  const perdure = await createTestPerdure({ tasks: [each] });
  const run = await perdure.run(each, undefined);
  const kinds = (await perdure.runs.events(run)).map(({ kind }) => kind);
  console.log(`${each.id}: ${kinds.includes("run.parked") ? "parked" : "never parked"}, ${perdure.entries} entries`);
  await perdure.stop();
}
