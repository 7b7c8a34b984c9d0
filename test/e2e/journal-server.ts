/** A process that runs tasks whose effects are recorded, and answers others over HTTP. With FORM=new their code is another. */
import { createPerdure } from "../../src/embedded/index.ts";
import { step, task, wait } from "../../src/sdk/index.ts";

const site = process.env["SITE"] ?? "";
const isNew = process.env["FORM"] === "new";

/** Many kinds of entries, and a value with a secret in it. */
const visiting = task({
  id: "visiting",
  retry: { maxAttempts: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1 },
  run: async (_: unknown, { ctx }) => {
    const first = Date.now();
    const page = await (
      await fetch(`${site}/page?token=in-the-query`, { headers: { "x-secret": "in-a-header" } })
    ).text();
    await step.run("look", async () => ({ page, apiKey: "sk_live_abcdefghijklmnopqrstuvwx" }), { key: "1" });
    await fetch(`${site}/orders`, { method: "POST", body: "{}" });
    await fetch(process.env["CLOSED"] ?? "").catch(() => undefined);
    if (ctx.attempt.number === 1) throw new Error("once more");
    await wait.for("1h");
    return Date.now() - first > 0;
  },
});

const changing = task({
  id: "changing",
  onDivergence: "hold",
  run: async () => {
    await step.run("first", async () => 1);
    await step.run(isNew ? "other" : "second", async () => 2);
    await step.run("third", async () => 3);
    await wait.for("2s");
  },
});

const many = task({
  id: "many",
  run: async (steps: number) => {
    for (let n = 1; n <= steps; n += 100)
      await Promise.all(
        Array.from({ length: 100 }, (_, more) => step.run("one", async () => n + more, { key: String(n + more) })),
      );
    await wait.for("1h");
  },
});

const perdure = await createPerdure({
  db: process.env["TEST_DB"] ?? ":memory:",
  tasks: [visiting, changing, many],
  effects: "auto",
  keepWarm: 0,
  http: { port: 0 },
});
console.log(perdure.url);
process.stdin.resume().on("end", () => void perdure.stop());
