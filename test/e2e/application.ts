/** A small application: a task with three steps, and the question whether a database works. */
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { createPerdure, type PerdureOptions } from "../../src/embedded/index.ts";
import { type ErrorCode, host, step, task, wait } from "../../src/sdk/index.ts";
import { errorOf } from "../store/open-toy.ts";

/** Adds one in each of its steps and waits between them. */
export const count = task({
  id: "count",
  run: async (from: number) => {
    let sum = from;
    for (const name of ["one", "two", "three"]) {
      sum = await step.run(name, () => sum + 1);
      await wait.for("20ms");
    }
    return sum;
  },
});

/** Opens the database, has a run come to its end, and closes it. */
export async function works(db: string, options: Partial<PerdureOptions> = {}): Promise<void> {
  await using perdure = await createPerdure({ db, tasks: [count], ...options });
  const run = await perdure.runs.poll(await perdure.tasks.trigger<typeof count>("count", 1));
  expect(run).toMatchObject({ status: "completed", output: 4, attemptCount: 1 });
}

/** That the database cannot be opened, with a sentence and a cure, and that nothing of the attempt stays behind in this process. */
export async function isRefused(
  db: string,
  code: ErrorCode,
  names: string,
  options: Partial<PerdureOptions> = {},
): Promise<void> {
  const openBefore = host().clients.size;
  const error = await errorOf(createPerdure({ db, tasks: [count], ...options }));
  expect(error).toMatchObject({ name: "PerdureError", code });
  expect(error.message).toContain(names);
  expect(error.message.length).toBeGreaterThan(60);
  expect(host().clients.size).toBe(openBefore);
}

/** Asks every so often until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>, longestMs = 15_000): Promise<void> {
  for (const end = performance.now() + longestMs; !(await isSo()); await pause(20)) {
    if (performance.now() > end) throw new Error(`It is not so after ${longestMs} ms: ${isSo}`);
  }
}
