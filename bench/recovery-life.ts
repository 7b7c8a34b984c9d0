/**
 * A process with a thousand runs in flight: `node bench/recovery-life.ts <folder> first|second`. In its first life each run
 * records a step and then goes on for ever; in the second they come to their end.
 */
import { setTimeout as pause } from "node:timers/promises";
import { step, task } from "../src/sdk/index.ts";
import { createGate, LastStarted } from "./gate.ts";
import { openInstance } from "./instance.ts";

const RUNS = 1_000;
const OPEN = ["queued", "executing", "waiting"] as const;
const LOOK_EVERY_MS = 5;

const [folder = ".", life] = process.argv.slice(2);
const last = new LastStarted({ limit: RUNS, expected: RUNS });
const work = task({
  id: "work",
  run: async (_: undefined, { ctx }) => {
    await step.run("first half", () => 1);
    last.started(ctx.run.id);
    if (life === "first") await createGate().passed;
    return 2;
  },
});
const perdure = await openInstance({ subject: "file", folder }, [work], RUNS);
process.send?.("open");
if (life === "first") await work.batchTrigger(Array.from({ length: RUNS }, () => ({ payload: undefined })));
await last.ids();
process.send?.("executing");
// One look at the list for all: a thousand waiting calls would be a good part of what is measured.
while ((await perdure.runs.list({ status: OPEN, limit: 1 })).data.length > 0) await pause(LOOK_EVERY_MS);
process.send?.("done");
