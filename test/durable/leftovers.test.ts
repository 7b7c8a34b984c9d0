import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { startPerdure } from "../../src/embedded/internal.ts";
import { metadata, step, task, wait } from "../../src/sdk/index.ts";
import { createVirtualEnv } from "../../src/testing/virtual-env.ts";

const never = new Promise<never>(() => undefined);
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test("an instance that is stopped leaves no timer behind, whatever its runs were at", async () => {
  const env = createVirtualEnv();
  const failingUndo = {
    undo: () => {
      throw new Error("not yet");
    },
  };
  const kinds = {
    hanging: () => step.run("hangs", () => never),
    branches: () => Promise.all([wait.for("1d"), wait.for("30d"), step.run("hangs", () => never)]),
    parked: () => wait.for("1d"),
    polling: async () => {
      for (;;) await wait.for("7s");
    },
    unknown: () => never,
    progressing: async () => {
      metadata.set("progress", 1);
      await never;
    },
    failing: () =>
      Promise.all([step.run("hangs", () => never), step.run("fails", () => Promise.reject(new Error("no")))]),
    undoing: async () => {
      await step.run("undone", () => 1, failingUndo);
      throw new Error("no");
    },
  };
  const tasks = Object.entries(kinds).map(([id, run]) =>
    task({ id, maxDuration: 3_600, retry: { maxAttempts: id === "undoing" ? 1 : 3 }, run: run as () => unknown }),
  );
  const options = { db: ":memory:", tasks, keepWarm: 2, onProblem: (error: unknown) => expect.fail(String(error)) };
  const perdure = await env.runUntil(startPerdure(options, { env }));
  for (const { id } of tasks) {
    const canceled = await env.runUntil(perdure.tasks.trigger(id, undefined));
    await env.runUntil(perdure.tasks.trigger(id, undefined));
    await env.advance(1);
    await env.runUntil(perdure.runs.cancel(canceled));
  }
  await env.advance(1_500);
  await env.runUntil(perdure.stop());
  await env.settle();
  expect(env.timers).toBe(0);
});

test("the code of runs that ended or were evicted can be collected, though its promises stay open", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const env = createVirtualEnv();
  const scopes: WeakRef<AbortSignal>[] = [];
  const leaving = task({
    id: "leaving",
    run: async (_: undefined, { signal }) => {
      scopes.push(new WeakRef(signal));
      void step.run("left open", () => new Promise(() => undefined)).then(() => signal.aborted);
      await wait.for("1h");
      return signal.aborted;
    },
  });
  const waiting = task({
    id: "waiting",
    run: async (_: undefined, { signal }) => {
      scopes.push(new WeakRef(signal));
      await wait.for("1h");
      await wait.for("1h");
      return signal.aborted;
    },
  });
  const options = { db: ":memory:", tasks: [leaving, waiting], keepWarm: 0 };
  const perdure = await env.runUntil(startPerdure(options, { env }));
  for (let i = 0; i < 80; i++) {
    const { id } = await env.runUntil(perdure.tasks.trigger(i % 2 === 0 ? "leaving" : "waiting", undefined));
    await env.runUntil(perdure.runs.poll(id));
  }
  // Timers of the virtual world that were cleared are let go of when their time comes.
  await env.advance(7_200_000);
  for (let i = 0; i < 3; i++) {
    await settle();
    collect();
  }
  const alive = scopes.filter((scope) => scope.deref() !== undefined).length;
  await env.runUntil(perdure.stop());
  expect(scopes.length).toBe(40 + 40 * 3);
  // The last few may still be named by something that the next run replaces.
  expect(alive).toBeLessThanOrEqual(20);
});
