import { afterAll, beforeAll, expect, test } from "vitest";
import { step, task } from "../../src/sdk/index.ts";
import { createTestPerdure, type TestPerdure } from "../../src/testing/index.ts";
import { startProgramServer } from "./program-server.ts";

let world: Awaited<ReturnType<typeof startProgramServer>>;
beforeAll(async () => {
  world = await startProgramServer();
});
afterAll(() => world.stop());

/** A request, a second one, and a step. @returns Steps that the story calls uncertain. */
async function killed(where: "after the first request" | "in the step", space: string) {
  let perdure: TestPerdure | undefined;
  let times = 0;
  const stepped = task({
    id: "stepped",
    run: async () => {
      await fetch(`${world.url}/${space}/page/first`);
      await fetch(`${world.url}/${space}/page/second`);
      await step.run("last", () => {
        if (where === "in the step" && ++times === 1) perdure?.crash();
      });
    },
  });
  perdure = await createTestPerdure({
    tasks: [stepped],
    effects: "auto",
    ...(where === "after the first request" ? { crashAfterEntries: 1 } : {}),
  });
  const run = await perdure.run(stepped, undefined);
  const events = await perdure.runs.events(run.id);
  await perdure.stop();
  expect(events.map(({ kind }) => kind)).toContain("run.reaped");
  return events.filter(({ kind }) => kind === "step.uncertain").length;
}

test("a step is not called uncertain that follows from a request which an earlier process had not recorded", async () => {
  expect(await killed("after the first request", "followed")).toBe(0);
});

test("a step is called uncertain that was under way when its process died", async () => {
  expect(await killed("in the step", "underway")).toBe(1);
});
