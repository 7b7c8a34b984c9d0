import { expect, it } from "vitest";
import { isPoisoned, MAX_BARREN_LEASES } from "./poison.ts";

it("holds the third barren lease in a row for poison", () => {
  const verdicts = [0, 1, 2, 3].map((barrenLeases) => isPoisoned({ barrenLeases }));
  expect(verdicts).toEqual([false, false, true, true]);
  expect(MAX_BARREN_LEASES).toBe(3);
});
