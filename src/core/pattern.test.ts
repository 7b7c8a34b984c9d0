import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesPattern } from "./pattern.ts";

describe("a pattern", () => {
  it.each([
    ["billing", "billing", true],
    ["billing", "bill", false],
    ["billing", "bill*", true],
    ["billing", "*", true],
    ["", "*", true],
    ["billing", "*ing", true],
    ["billing", "b*l*g", true],
    ["billing", "b*x*g", false],
    ["aba", "ab*ba", false],
    ["a.c", "a?c", false],
    ["a.c", "a.*", true],
  ])("%s against %s: %s", (text, pattern, matches) => {
    expect(matchesPattern(text, pattern)).toBe(matches);
  });

  it("means what a regular expression would", () => {
    const letters = (...of: string[]) => fc.array(fc.constantFrom(...of), { maxLength: 8 }).map((all) => all.join(""));
    fc.assert(
      fc.property(letters("a", "b"), letters("a", "b", "*"), (text, pattern) => {
        expect(matchesPattern(text, pattern)).toBe(new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(text));
      }),
    );
  });
});
