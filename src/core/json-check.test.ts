import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createJsonCheck } from "./json-check.ts";

function check(text: string, cuts: readonly number[] = []): string | undefined {
  const checking = createJsonCheck();
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  for (let i = 1; i < places.length; i++) {
    const problem = checking.add(text.slice(places[i - 1], places[i]));
    if (problem !== undefined) return problem;
  }
  return checking.end();
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const CUTS = fc.array(fc.nat(), { maxLength: 6 });
const PIECES = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "\\",
  "u00",
  "a",
  "1",
  "-",
  ".",
  "e",
  "+",
  "0",
  "true",
  "null",
  " ",
  "\n",
  "é",
];

describe("the check of JSON", () => {
  it("lets pass whatever JSON writes, wherever it is cut", () => {
    fc.assert(
      fc.property(fc.json(), CUTS, (text, cuts) => {
        expect(check(text, cuts)).toBeUndefined();
      }),
    );
  });

  it("agrees with the parser about anything that looks like it", () => {
    const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, CUTS, (given, cuts) => {
        expect(check(given, cuts) === undefined).toBe(isJson(given));
      }),
      { numRuns: 5_000 },
    );
  });

  it("agrees with the parser about JSON in which one character is another", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom(...PIECES), CUTS, (text, at, piece, cuts) => {
        const place = at % (text.length + 1);
        const given = text.slice(0, place) + piece + text.slice(place + 1);
        expect(check(given, cuts) === undefined).toBe(isJson(given));
      }),
      { numRuns: 2_000 },
    );
  });

  it("refuses what is nested too deeply, which the parser takes", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(check(nested(500))).toBeUndefined();
    expect(check(nested(501))).toContain("deep");
  });
});
