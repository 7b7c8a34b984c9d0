import { afterEach, expect, test } from "vitest";
import { step, task, wait } from "../../src/sdk/index.ts";
import { createTestPerdure, type TestPerdure } from "../../src/testing/index.ts";

let perdure: TestPerdure | undefined;

afterEach(async () => {
  await perdure?.stop();
  perdure = undefined;
});

/** Executes a task whose process dies in step b for the first time. @returns What was performed, and what the story calls uncertain. */
async function dieInB(between: () => Promise<unknown>) {
  const performed: string[] = [];
  const stepped = task({
    id: "stepped",
    run: async () => {
      for (const name of ["a", "b", "c"]) {
        await step.run(name, () => {
          performed.push(name);
          if (name === "b" && performed.length === 2) perdure?.crash();
        });
        await between();
      }
    },
  });
  perdure = await createTestPerdure({ tasks: [stepped] });
  const run = await perdure.run(stepped, undefined);
  const uncertain = (await perdure.runs.events(run.id)).filter(({ kind }) => kind === "step.uncertain");
  return { performed, uncertain: uncertain.map(({ details }) => details) };
}

test.each([
  ["recorded a step before it", async () => undefined],
  ["come to it by the end of a wait, which nothing had recorded", () => wait.for("1h")],
])("a step that may have happened twice is named, also when its process had %s", async (_, between) => {
  expect(await dieInB(between)).toEqual({ performed: ["a", "b", "b", "c"], uncertain: [{ step: 'step "b"' }] });
});
