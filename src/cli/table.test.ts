import { expect, it } from "vitest";
import { bytesText, spanText, table } from "./table.ts";

it("columns of a table stand below each other", () => {
  expect(
    table([
      ["A", "LONGER", ""],
      ["wide", "1", "x"],
    ]),
  ).toEqual(["A     LONGER", "wide  1       x"]);
  expect(table([["A", "B"]])).toEqual([]);
});

it.each([
  [-5, "0ms"],
  [999, "999ms"],
  [45_000, "45s"],
  [3_600_000, "1h"],
  [183_845_000, "2d 3h"],
])("a span of %i ms is %s", (ms, text) => expect(spanText(ms)).toBe(text));

it.each([
  [0, "0 B"],
  [1_023, "1023 B"],
  [1_536, "1.5 KB"],
  [12 * 1_024 ** 3, "12 GB"],
])("%i bytes are %s", (bytes, text) => expect(bytesText(bytes)).toBe(text));
