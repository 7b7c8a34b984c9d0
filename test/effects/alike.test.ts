/** What a continuation has the same as the process before it, in places where the simulator once found a difference. */
import { afterEach, expect, test } from "vitest";
import { type AnyTask, step, task, wait } from "../../src/sdk/index.ts";
import { createTestPerdure, type TestPerdure } from "../../src/testing/index.ts";
import { startProgramServer } from "./program-server.ts";

let perdure: TestPerdure | undefined;
afterEach(async () => {
  await perdure?.stop();
  perdure = undefined;
});

async function start(...tasks: readonly AnyTask[]): Promise<TestPerdure> {
  perdure = await createTestPerdure({ tasks, onLog: () => undefined });
  return perdure;
}

test("chance after a trigger is that of before", async () => {
  const drawn: string[] = [];
  const child = task({ id: "child", run: async () => undefined });
  const parent = task({
    id: "parent",
    run: async () => {
      await child.trigger(undefined);
      drawn.push(crypto.randomUUID());
      await wait.for({ hours: 1 });
    },
  });
  const kit = await start(child, parent);
  await kit.run(parent, undefined);
  await kit.advance("2h");
  expect(drawn).toHaveLength(2);
  expect(drawn[1]).toBe(drawn[0]);
});

test("a step of an attempt that resumed is undone in the words of that attempt", async () => {
  const undone: string[] = [];
  const world = await startProgramServer();
  try {
    const resuming = task({
      id: "resuming",
      retry: { maxAttempts: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1, resume: true },
      run: async (_: undefined, { ctx }) => {
        await fetch(`${world.url}/resumed/page/x`).then((response) => response.text());
        if (ctx.attempt.number === 1) throw new Error("The first attempt comes no further.");
        await step.run("booked", () => "a seat", { undo: (seat) => void undone.push(String(seat)) });
        await wait.for({ hours: 1 });
        throw new Error("Nor does the second.");
      },
    });
    const kit = await start(resuming);
    const run = await kit.run(resuming, undefined);
    await kit.advance("2h");
    expect(await kit.runs.retrieve(run.id)).toMatchObject({ status: "failed", attemptCount: 2 });
    expect(undone).toEqual(["a seat"]);
  } finally {
    await world.stop();
  }
});
