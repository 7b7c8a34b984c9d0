/** Tasks that log, for tests with real worker processes. */
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";
import { logger, step, task, wait } from "../../src/sdk/index.ts";

console.log("loaded");

export const printing = task({
  id: "printing",
  run: async () => {
    console.log("a %s with %d parts", "line", 2, { deep: { er: [1] } });
    console.info("info");
    console.debug("debug");
    console.warn("warn");
    console.error(new Error("in a task"));
    console.table([{ a: 1 }]);
    console.group("group");
    console.log("inside");
    console.groupEnd();
    console.count();
    console.count();
    console.assert(true, "not said");
    console.assert(false, "said");
    console.log({
      [inspect.custom]: () => {
        throw new Error("no");
      },
    });
    console.log();
    await wait.for({ milliseconds: 20 });
    process.stdout.write("raw output\n");
    logger.info("with properties", { n: 1n, at: new Date(0), nested: { password: "x" } });
    await pause(1).then(() => console.log("after a timer"));
  },
});

export const telling = task({
  id: "telling",
  run: async () => {
    const key = String(process.env["SERVICE_KEY"]);
    console.log(`the key is ${key}`);
    logger.info("using it", { key, header: `Bearer ${key}` });
    process.stdout.write(`printed ${key}\n`);
  },
});

export const flooding = task({
  id: "flooding",
  run: async () => {
    for (let i = 0; i < 100_000; i++) console.log(`line ${i} of a flood that says nothing at all`);
    return "done";
  },
});

export const quick = task({ id: "quick", run: async (n: number) => step.run("add", () => n + 1) });

export const dying = task({
  id: "dying",
  effects: "steps-only",
  run: async ({ gate }: { gate: string }) => {
    if (existsSync(gate)) return "alive";
    console.error("last words");
    await import("node:fs").then(({ writeFileSync }) => writeFileSync(gate, ""));
    console.error("very last words");
    process.exit(3);
  },
});

export const counting = task({
  id: "counting",
  run: async ({ gate }: { gate: string }) => {
    for (let i = 0; ; i++) {
      console.log(`count ${i}`);
      if (await step.run("look", () => existsSync(gate), { key: i })) return i;
      await wait.for({ milliseconds: 100 });
    }
  },
});
