import { expect, it } from "vitest";
import { isFailing, pauseBeforeStart } from "./restarting.ts";

it("waits twice as long after each start that failed, and as long as it ever does once it is failing", () => {
  expect([1, 2, 3, 4, 5, 6, 1_000].map(pauseBeforeStart)).toEqual([100, 200, 400, 800, 30_000, 30_000, 30_000]);
  expect([0, 1, 4, 5, 6].filter(isFailing)).toEqual([5, 6]);
});

it("waits shortly after the end of a process that had started well", () => {
  expect(pauseBeforeStart(0)).toBe(100);
});
