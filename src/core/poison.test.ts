import { expect, it } from "vitest";
import { barrenLimit, isPoisoned } from "./poison.ts";

it.each([
  ["running", 3],
  ["undoing", 10],
] as const)("holds as many barren leases in a row for poison as a run that is %s may have: %i", (phase, limit) => {
  expect(barrenLimit({ phase })).toBe(limit);
  for (let barrenLeases = 0; barrenLeases <= limit; barrenLeases++)
    expect(isPoisoned({ barrenLeases, phase })).toBe(barrenLeases + 1 >= limit);
});
