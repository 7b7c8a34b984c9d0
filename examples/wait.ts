/**
 * A waiting run is rows on disk: it holds no slot and, where it must, no memory. Stop the process in the middle of a wait and
 * start another: the run goes on when it is due, and no later.
 * Run it with `node examples/wait.ts`, after `npm run build`.
 */
import { task, wait } from "perdure";
import { createPerdure } from "perdure/embedded";

const remind = task({
  id: "remind",
  run: async ({ about, due }: { about: string; due: Date }) => {
    // Side by side, two waits take as long as the longer one.
    await Promise.all([wait.for("100ms"), wait.until(due)]);
    return `Remember: ${about}`;
  },
});

const perdure = await createPerdure({ db: ":memory:", tasks: [remind] });

const due = new Date(Date.now() + 1_000);
const handle = await remind.trigger({ about: "the milk", due });
const run = await perdure.runs.poll(handle);
console.log(run.output, "in time:", Date.now() >= due.getTime());

const events = await perdure.runs.events(handle);
console.log([...new Set(events.map(({ kind }) => kind))].join(", "));
await perdure.stop();
