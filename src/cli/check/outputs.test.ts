import { describe, expect, it } from "vitest";
import { encodeValue } from "../../core/codec.ts";
import { differencesByCut, differingParts } from "./outputs.ts";

const START = Date.UTC(2030, 0, 1);
const of = (output: unknown, lastedMs = 0) => ({ output: encodeValue(output, "it"), lastedMs });

describe("two outputs", () => {
  it.each([
    [{ a: 1, b: [1, { c: 2 }] }, { a: 1, b: [1, { c: 2 }] }, []],
    [{ a: 1, b: [1, { c: 2 }] }, { a: 2, b: [1, { c: 3 }, 4] }, ["a", "b[1].c", "b[2]"]],
    [1, 2, [""]],
    [{ a: [] }, { a: {} }, ["a"]],
    [{ a: new Date(0) }, { a: new Date(1) }, ["a"]],
    [{}, { a: null }, ["", "a"]],
  ])("are compared part by part", (a, b, parts) => {
    expect(differingParts(of(a), of(b))).toEqual(parts);
  });

  it("differ where there is only one", () => {
    expect(differingParts(of(1), { output: undefined, lastedMs: 0 })).toEqual([""]);
    const none = { output: undefined, lastedMs: 0 };
    expect(differingParts(none, none)).toEqual([]);
  });
});

describe("an output after a cut", () => {
  const undisturbed = of({ n: 1, id: "x", spent: 50, at: new Date(START), seconds: 2 }, 1_000);

  it("differs by what is not the same and not ignored", () => {
    const cut = of({ n: 2, id: "y", spent: 50, at: new Date(START), seconds: 2 }, 1_000);
    expect(differencesByCut(cut, undisturbed, [])).toEqual(["n", "id"]);
    expect(differencesByCut(cut, undisturbed, ["id"])).toEqual(["n"]);
    expect(differencesByCut(of({ a: { b: 1, bc: 1 } }), of({ a: { b: 2, bc: 2 } }), ["a.b"])).toEqual(["a.bc"]);
  });

  it("does not differ by the time that the loss of a process takes", () => {
    const later = { n: 1, id: "x", spent: 30_060, at: new Date(START + 30_000), seconds: 32 };
    expect(differencesByCut(of(later, 31_000), undisturbed, [])).toEqual([]);
    expect(differencesByCut(of({ ...later, n: 2 }, 31_000), undisturbed, [])).toEqual(["n"]);
    expect(differencesByCut(of(later, 1_000), undisturbed, [])).toEqual(["spent", "at", "seconds"]);
    expect(differencesByCut(of({ ...later, spent: "30060" }, 31_000), undisturbed, [])).toEqual(["spent"]);
  });
});
