/** A process that runs Perdure and answers others over HTTP: says where, and ends when its input does. */
import { createPerdure } from "../../src/embedded/index.ts";
import { AbortTaskRunError, metadata, task, wait } from "../../src/sdk/index.ts";

const echo = task({ id: "echo", run: async (payload: unknown) => payload });
const dated = task({ id: "dated", run: async ({ at }: { at: Date }) => ({ isDate: at instanceof Date, at }) });
const failing = task({
  id: "failing",
  run: async () => {
    throw new AbortTaskRunError("it never works");
  },
});
const waiting = task({
  id: "waiting",
  run: async () => {
    metadata.set("progress", 0.5);
    await wait.for("1h");
  },
});

/** Counts in its metadata until it is told to stop, by a tag that somebody adds; its first attempt fails then. */
const counting = task({
  id: "counting",
  retry: { maxAttempts: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1 },
  run: async (until: number, { ctx }) => {
    if (ctx.attempt.number > 1) return metadata.current();
    for (let n = 1; n <= until; n++) {
      metadata.set("n", n).increment("sum", 1);
      await metadata.flush();
      await wait.for({ milliseconds: 200 });
    }
    throw new Error("counted enough");
  },
});

const perdure = await createPerdure({
  db: process.env["TEST_DB"] ?? ":memory:",
  tasks: [echo, dated, failing, waiting, counting],
  http: { port: 0 },
});
console.log(perdure.url);
process.stdin.resume().on("end", () => void perdure.stop());
