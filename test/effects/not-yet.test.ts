/** What is promised and not yet kept: each of these passes as soon as it is, and says so by failing here. */
import { afterEach, expect, test } from "vitest";
import { type AnyTask, step, task, wait } from "../../src/sdk/index.ts";
import { createTestPerdure, type TestPerdure } from "../../src/testing/index.ts";
import { startProgramServer } from "./program-server.ts";

let perdure: TestPerdure | undefined;
afterEach(async () => {
  await perdure?.stop();
  perdure = undefined;
});

async function finish(wanted: AnyTask, ...others: readonly AnyTask[]) {
  perdure = await createTestPerdure({ tasks: [wanted, ...others], onLog: () => undefined });
  const { id } = await perdure.run(wanted, undefined);
  await perdure.advance("3h");
  return perdure.runs.retrieve(id);
}

test.fails("the clock shows after a wait what it showed before", async () => {
  const waiting = task({
    id: "waiting",
    run: async () => {
      const began = Date.now();
      await wait.for({ hours: 1 });
      return Math.round((Date.now() - began) / 60_000);
    },
  });
  expect(await finish(waiting)).toMatchObject({ status: "completed", output: 60 });
});

test.fails("the clock shows what it showed before a trigger", async () => {
  const child = task({ id: "child", run: async () => undefined });
  const shown: number[] = [];
  const parent = task({
    id: "parent",
    run: async () => {
      shown.push(Date.now());
      await child.trigger(undefined);
      await step.run("recorded", () => undefined);
      await wait.for({ hours: 1 });
    },
  });
  expect(await finish(parent, child)).toMatchObject({ status: "completed" });
  expect(shown[1]).toBe(shown[0]);
});

test.fails("an attempt that resumes does not need what followed from the effect that it failed at", async () => {
  const world = await startProgramServer();
  try {
    const resuming = task({
      id: "resuming",
      retry: { maxAttempts: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1, resume: true },
      run: async (_: undefined, { ctx }) => {
        const response = await fetch(`${world.url}/followed/flaky/1`, { method: "POST", body: "x" });
        if (response.ok) return;
        await wait.for({ minutes: 1 });
        throw new Error(`It said ${response.status} in attempt ${ctx.attempt.number}.`);
      },
    });
    expect(await finish(resuming)).toMatchObject({ status: "completed", attemptCount: 2 });
  } finally {
    await world.stop();
  }
});
