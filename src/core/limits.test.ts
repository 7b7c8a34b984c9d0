import { expect, it } from "vitest";
import { isName, LIMITS, nameRule } from "./limits.ts";

it("knows names that every database can keep", () => {
  expect(["a", "x".repeat(LIMITS.nameCharacters), "käse/🧀"].every((name) => isName(name))).toBe(true);
  expect(["", "x".repeat(LIMITS.nameCharacters + 1), "a\0b", 1, undefined].some((name) => isName(name))).toBe(false);
  expect([isName("abc", 2), isName("ab", 2)]).toEqual([false, true]);
  expect([nameRule(), nameRule(2)]).toEqual([
    "must be text of 1 to 128 characters without NUL",
    "must be text of 1 to 2 characters without NUL",
  ]);
});
