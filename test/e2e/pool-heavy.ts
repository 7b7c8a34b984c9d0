/** A module that takes more memory than the smallest machine has, before any task of it runs. */
import { setTimeout as pause } from "node:timers/promises";
import { task } from "../../src/sdk/index.ts";

const ballast = Buffer.alloc(300 * 1024 * 1024, 1);

export const hungry = task({
  id: "hungry",
  machine: "micro",
  run: async (_: unknown, { ctx }) => {
    // Memory is looked at with each heartbeat: a run that is over before the first one has got away with it.
    if (ctx.attempt.number === 1) await pause(30_000);
    return ballast.length;
  },
});
