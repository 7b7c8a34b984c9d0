import { expect, it } from "vitest";
import { defined } from "./defined.ts";

it("leaves out what is undefined and keeps every other absence", () => {
  expect(Object.keys(defined({ a: undefined, b: null, c: 0, d: "", e: false }))).toEqual(["b", "c", "d", "e"]);
});
