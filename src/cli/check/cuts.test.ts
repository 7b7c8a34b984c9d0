import { describe, expect, it } from "vitest";
import { chooseCuts } from "./cuts.ts";

describe("where a performance is cut", () => {
  it.each([
    [0, 25, []],
    [3, 25, [1, 2, 3]],
    [25, 25, Array.from({ length: 25 }, (_, i) => i + 1)],
    [100, 1, [100]],
    [100, 2, [1, 100]],
    [11, 3, [1, 6, 11]],
  ])("of %d entries after at most %d", (entries, most, expected) => {
    expect(chooseCuts(entries, most)).toEqual(expected);
  });

  it("is at as many places as are wanted, each once", () => {
    for (let entries = 26; entries < 400; entries++) {
      const cuts = chooseCuts(entries, 25);
      expect([new Set(cuts).size, cuts[0], cuts.at(-1)]).toEqual([25, 1, entries]);
    }
  });
});
