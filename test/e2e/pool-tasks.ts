/** The tasks that worker processes of the tests load. What they do outside is lines in a file that the payload names. */
import { appendFileSync, existsSync, writeSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { logger, step, task, tasks, wait } from "../../src/sdk/index.ts";

/** Its end shows that of this process, also where nobody is left to be told. */
const port = process.env["PERDURE_TEST_PORT"];
if (port !== undefined) connect(Number(port), "127.0.0.1").unref();

export interface Place {
  /** Gets a line for each effect. */
  readonly effects: string;
  /** Its existence opens the gate. */
  readonly gate: string;
}

export const add = task({
  id: "add",
  run: async ({ a, b }: { a: number; b: number }) => {
    await wait.for({ milliseconds: 20 });
    return a + b;
  },
});

export const family = task({
  id: "family",
  run: async (n: number) => {
    const sum = await add.triggerAndWait({ a: n, b: 1 }).unwrap();
    const handle = await step.run("inside", () => tasks.trigger("add", { a: 1, b: 2 }));
    return { sum, child: handle.id };
  },
});

export const stepped = task({
  id: "stepped",
  run: async ({ effects, gate }: Place) => {
    await step.run("first", () => appendFileSync(effects, `first ${process.pid}\n`));
    await step.run("second", async () => {
      appendFileSync(effects, `second ${process.pid}\n`);
      while (!existsSync(gate)) await pause(20);
    });
    return "done";
  },
});

/** Ends when its run is canceled. */
export const patient = task({
  id: "patient",
  run: async ({ effects }: Place, { signal }) => {
    appendFileSync(effects, `waiting ${process.pid}\n`);
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  },
});

/** Keeps the event loop from everything else. */
export const busy = task({
  id: "busy",
  run: async ({ effects, ms }: { effects: string; ms: number }) => {
    await step.run("spin", async () => {
      // By then the worker has asked for more runs.
      await pause(50);
      appendFileSync(effects, `spin ${process.pid}\n`);
      for (const until = performance.now() + ms; performance.now() < until; );
    });
    return "spun";
  },
});

/** The first process that runs it ends; the next does not. */
export const exiting = task({
  id: "exiting",
  run: async ({ effects, gate }: Place) => {
    if (existsSync(gate)) return "alive";
    appendFileSync(gate, "");
    appendFileSync(effects, `exit ${process.pid}\n`);
    process.exit(3);
  },
});

/** Takes its process down as soon as the gate is open, in every process that it comes to. */
export const poison = task({
  id: "poison",
  retry: { maxAttempts: 1 },
  run: async ({ effects, gate }: Place) => {
    appendFileSync(effects, `poison ${process.pid}\n`);
    while (!existsSync(gate)) await pause(10);
    process.exit(7);
  },
});

/** Goes on until the gate is open, and has no step: nothing that it does is recorded. */
export const innocent = task({
  id: "innocent",
  run: async ({ effects, gate }: Place) => {
    appendFileSync(effects, `innocent ${process.pid}\n`);
    while (!existsSync(gate)) await pause(10);
    return "innocent";
  },
});

/** Ends its process in the very turn in which it begins. */
export const sudden = task({ id: "sudden", retry: { maxAttempts: 1 }, run: () => process.exit(9) });

/** Never lets go of the event loop. */
export const looping = task({
  id: "looping",
  retry: { maxAttempts: 1 },
  run: ({ effects }: Place) => {
    appendFileSync(effects, `looping ${process.pid}\n`);
    for (;;);
  },
});

export const overrunning = task({
  id: "overrunning",
  maxDuration: 5,
  run: ({ effects }: Place) => {
    appendFileSync(effects, `overrunning ${process.pid}\n`);
    for (;;);
  },
});

/** Writes where it is, waits for the gate, then waits durably and writes again. */
export const steppedAndWaiting = task({
  id: "stepped-and-waiting",
  run: async ({ effects, gate }: Place) => {
    await step.run("before", async () => {
      appendFileSync(effects, `before ${process.pid}\n`);
      while (!existsSync(gate)) await pause(10);
    });
    await wait.for({ milliseconds: 300 });
    await step.run("after", () => appendFileSync(effects, `after ${process.pid}\n`));
  },
});

/** Each of its runs has a process to itself. */
export const apart = task({
  id: "apart",
  isolation: "process",
  run: async ({ effects, gate }: Place) => {
    appendFileSync(effects, `apart ${process.pid}\n`);
    while (!existsSync(gate)) await pause(10);
    return process.execArgv;
  },
});

/** Needs so much memory, in objects or outside of the heap, and says how often it began. */
export const hungry = task({
  id: "hungry",
  machine: "micro",
  retry: { maxAttempts: 2, minTimeoutInMs: 10, outOfMemory: { machine: "small-2x" } },
  run: async ({ effects, mb, kind }: { effects: string; mb: number; kind: "buffers" | "objects" }) => {
    appendFileSync(effects, `hungry ${process.pid}\n`);
    const kept: unknown[] = [];
    for (let used = 0; used < mb; used += 8) {
      kept.push(kind === "buffers" ? Buffer.alloc(8 * 1024 * 1024, 1) : new Array(1024 * 1024).fill(used + 0.5));
      await pause(5);
    }
    await pause(500);
    return kept.length;
  },
});

/** Ends as a process does whose heap is full. */
export const aborting = task({
  id: "aborting",
  machine: "large-1x",
  retry: { maxAttempts: 1 },
  run: () => {
    writeSync(2, "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n");
    writeSync(2, " 1: 0x931db0  [node]\n".repeat(20));
    process.abort();
  },
});

export const echo = task({ id: "echo", run: async (given: string) => given });

export const environment = task({ id: "environment", run: async () => ({ ...process.env }) });

export const talkative = task({
  id: "talkative",
  run: async () => {
    // In a step: the run may go on in another process after its wait, and what is printed outside is printed again there.
    await step.run("print", () => {
      process.stdout.write("to standard output\nGrüße\n");
      process.stderr.write("to standard error\n");
    });
    console.log("to the console");
    await wait.for({ milliseconds: 20 });
    logger.info("to the log", { n: 1n });
  },
});
