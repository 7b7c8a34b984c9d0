/** What worker processes of the loop execute: the workload of the other kill tests, and what needs a node of its own. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { AbortTaskRunError, logger, metadata, type RunTools, step, tags, task, wait } from "../../src/sdk/index.ts";
import { openEffects } from "../e2e/effects.ts";
import { createAct, createTasks } from "../e2e/workload.ts";
import { FOLDER_VARIABLE, reach } from "./failpoints.ts";
import { MARKS } from "./place.ts";

// While the tasks are indexed there is no loop.
const folder = process.env[FOLDER_VARIABLE] ?? ".";
const effects = openEffects(folder);
const life = process.pid;
const act = createAct(effects, life, reach);

/** Attempts that end with their process again and again may be counted as crashes; they have enough. */
const retry = { maxAttempts: 20, minTimeoutInMs: 20, maxTimeoutInMs: 50 };

export const { row, waiting, parent, retried, undone, limited, child } = createTasks(effects, life, reach);

export const large = task({
  id: "large",
  retry,
  run: async ({ n, text }: { n: number; text: string }, tools) => {
    const turned = await act(tools, "turn", text.toLowerCase());
    await wait.for("100ms");
    return `${n} ${turned.length} ${turned}`;
  },
});

/** Waits for long enough that somebody sees it wait. */
export const sleeping = task({
  id: "sleeping",
  retry,
  run: async (n: number, tools) => {
    const before = await act(tools, "a", n + 1);
    await wait.for("3s");
    return act(tools, "b", before + 1);
  },
});

/** Starts a run that it does not wait for. */
export const firing = task({
  id: "firing",
  retry,
  run: async (n: number, tools) => {
    await act(tools, "before", n);
    const fired = await row.trigger(n);
    await act(tools, "after", fired.id);
    return n;
  },
});

export const noted = task({
  id: "noted",
  retry,
  run: async (n: number, tools) => {
    metadata.increment("notes", 1);
    await act(tools, "a", n);
    metadata.increment("notes", 1);
    await tags.add(`tag-${n % 7}`);
    await wait.for("50ms");
    metadata.increment("notes", 1);
    return act(tools, "b", n + 1);
  },
});

/** Waits until it is canceled: in a step, or between two. */
export const endless = task({
  id: "endless",
  retry,
  run: async (n: number, tools) => {
    await act(tools, "a", n);
    if (n % 2 === 0) await wait.for("1 day");
    await step.run("sit", () => new Promise((_, reject) => tools.signal.addEventListener("abort", reject)));
  },
});

/** Work that nobody records, here a timer, calls back while the run is parked; what is lost with its process is not waited for. */
export const called = task({
  id: "called",
  effects: "steps-only",
  retry,
  run: async (n: number, tools) => {
    await act(tools, "a", n);
    await Promise.race([wait.for("1500ms"), pause(250)]);
    return act(tools, "b", n + 1);
  },
});

/** Once in its life, when it is repeated, its code does not ask what its journal holds. */
const forget = {
  retry,
  onDivergence: "hold" as const,
  run: async (n: number, tools: RunTools) => {
    const mark = (what: string) => join(folder, MARKS, `${tools.ctx.run.id}.${what}`);
    if (existsSync(mark("begun")) && !existsSync(mark("forgot"))) {
      writeFileSync(mark("forgot"), "");
      return n;
    }
    await act(tools, "a", n);
    writeFileSync(mark("begun"), "");
    await wait.for("2s");
    return act(tools, "b", n);
  },
};

const fail = {
  retry,
  run: async (n: number, tools: RunTools) => {
    await act(tools, "a", n);
    throw new AbortTaskRunError(`not ${n}`);
  },
};

export const forgetful = task({ id: "forgetful", ...forget });
export const failing = task({ id: "failing", ...fail });
/** Of these people are told. */
export const alarmed = task({ id: "alarmed", ...fail });
export const alarmedHeld = task({ id: "alarmedHeld", ...forget });

export const logging = task({
  id: "logging",
  retry,
  run: async (n: number, tools) => {
    logger.info("before");
    await act(tools, "a", n);
    await wait.for("200ms");
    logger.info("after");
    return act(tools, "b", n);
  },
});

/** Takes down whatever process runs it. */
export const poison = task({
  id: "poison",
  retry: { maxAttempts: 1 },
  run: async (_: number, { ctx }) => {
    effects.add({ kind: "entered", run: ctx.run.id, life });
    process.kill(process.pid, "SIGKILL");
    await new Promise(() => undefined);
  },
});

/** Keeps its process from everything else for longer than a lease. */
export const busy = task({
  id: "busy",
  retry: { maxAttempts: 1 },
  run: async (ms: number, tools) => {
    await act(tools, "a", ms);
    await step.run("spin", () => {
      for (const until = performance.now() + ms; performance.now() < until; );
    });
    return ms;
  },
});

/** Keeps a process that it has to itself from everything else, for good. It takes no processor for that. */
export const hung = task({
  id: "hung",
  retry: { maxAttempts: 1 },
  isolation: "process",
  run: async (_: number, tools) => {
    await act(tools, "a", 0);
    block();
  },
});

/** The same in a process that others share, and for longer than it may take. */
export const overrunning = task({
  id: "overrunning",
  retry: { maxAttempts: 1 },
  run: async (_: number, tools) => {
    await act(tools, "a", 0);
    block();
  },
});

/** Takes more memory than it may have. */
export const glutton = task({
  id: "glutton",
  retry: { maxAttempts: 1 },
  memoryLimit: "256MB",
  run: async (_: number, tools) => {
    await act(tools, "a", 0);
    const taken: Buffer[] = [];
    for (;;) {
      taken.push(Buffer.alloc(8 * 1024 * 1024, taken.length));
      await pause(20);
    }
  },
});

/** Never comes to its first entry. */
export const stuck = task({
  id: "stuck",
  retry: { maxAttempts: 1 },
  run: async (_: number, { ctx, signal }) => {
    await step.run("sit", () => {
      effects.add({ kind: "entered", run: ctx.run.id, life });
      return new Promise((_, reject) => signal.addEventListener("abort", reject));
    });
  },
});

function block(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
