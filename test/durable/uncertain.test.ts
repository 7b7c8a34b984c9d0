import { afterEach, expect, test } from "vitest";
import { step, task } from "../../src/sdk/index.ts";
import { createTestPerdure, type TestPerdure } from "../../src/testing/index.ts";

let perdure: TestPerdure | undefined;

afterEach(async () => {
  await perdure?.stop();
  perdure = undefined;
});

test("a step that may have happened twice is named, also when its process recorded steps before it", async () => {
  const performed: string[] = [];
  const stepped = task({
    id: "stepped",
    run: async () => {
      for (const name of ["a", "b", "c"])
        await step.run(name, () => {
          performed.push(name);
          if (name === "b" && performed.length === 2) perdure?.crash();
        });
    },
  });
  perdure = await createTestPerdure({ tasks: [stepped] });
  const run = await perdure.run(stepped, undefined);
  expect(performed).toEqual(["a", "b", "b", "c"]);
  const uncertain = (await perdure.runs.events(run.id)).filter(({ kind }) => kind === "step.uncertain");
  expect(uncertain.map(({ details }) => details)).toEqual([{ step: 'step "b"' }]);
});
