import { afterEach, expect, test } from "vitest";
import { AbortTaskRunError, step, task } from "../../src/sdk/index.ts";
import { createTestPerdure, type TestPerdure } from "../../src/testing/index.ts";

let perdure: TestPerdure | undefined;

afterEach(async () => {
  await perdure?.stop();
  perdure = undefined;
});

test("a step that failed is taken back by a process that did not execute it", async () => {
  const undone: string[] = [];
  const failing = task({
    id: "failing",
    run: () =>
      step.run("half done", () => Promise.reject(new AbortTaskRunError("half of it is done")), {
        undo: (result) => undone.push(`half done: ${result}`),
      }),
  });
  perdure = await createTestPerdure({ tasks: [failing], keepWarm: 0 });
  const run = await perdure.run(failing, undefined);
  expect(run.error?.message).toBe("half of it is done");
  expect(undone).toEqual(["half done: undefined"]);
});

test("an undo that failed is named in the end, although its process died before it could say so", async () => {
  const stubborn = task({
    id: "stubborn",
    retry: { maxAttempts: 1 },
    run: async () => {
      await step.run("paint", () => "red", {
        undo: () => {
          throw new Error("the paint is dry");
        },
      });
      throw new AbortTaskRunError("wrong color");
    },
  });
  // The intent, the step and the undo.
  perdure = await createTestPerdure({ tasks: [stubborn], crashAfterEntries: 3 });
  const run = await perdure.run(stubborn, undefined);
  expect(run.error).toMatchObject({ code: "UNDO_INCOMPLETE", cause: { message: "wrong color" } });
  expect(run.error?.message).toContain('step "paint" (the paint is dry)');
});
