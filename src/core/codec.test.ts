import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeValue, encodeValue } from "./codec.ts";

const WHAT = "The payload for task import";

describe("an encoded value", () => {
  it("comes back as it was", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary", maxDepth: 3 }), (given) => {
        expect(decodeValue(encodeValue(given, WHAT))).toEqual(given);
      }),
    );
  });

  it.each<[unknown]>([
    [undefined],
    [new Date(0)],
    [new Map([["a", new Set([1])]])],
    [10n],
    [{ a: undefined, b: [new Date(1)] }],
    [Number.NaN],
  ])("keeps more than JSON does: %s", (given) => {
    expect(decodeValue(encodeValue(given, WHAT))).toEqual(given);
  });

  it("may hold the same thing twice", () => {
    const shared = { a: 1 };
    expect(decodeValue(encodeValue([shared, shared], WHAT))).toEqual([shared, shared]);
  });

  it.each<[string, () => unknown]>([
    [".self contains itself", circle],
    [".map.self contains itself", mapWithItself],
    ["it is a function", () => () => 1],
    [".list.1 is a symbol", () => ({ list: [1, Symbol("x")] })],
    ["broken", () => throwing(new Error("broken"))],
    ["torn", () => throwing("torn")],
  ])("is refused: %s", (problem, make) => {
    expect(() => encodeValue(make(), WHAT)).toThrow(
      expect.objectContaining({ code: "VALUE_NOT_SERIALIZABLE", details: expect.objectContaining({ what: WHAT }) }),
    );
    expect(() => encodeValue(make(), WHAT)).toThrow(problem);
  });

  it("is refused beyond the limit", () => {
    expect(() => encodeValue("x".repeat(100), WHAT, 50)).toThrow(`${WHAT} is 111 characters of JSON; the limit is 50.`);
  });
});

function circle(): unknown {
  const outer: Record<string, unknown> = {};
  outer["self"] = outer;
  return outer;
}

function mapWithItself(): unknown {
  const map = new Map<string, unknown>();
  map.set("self", map);
  return { map };
}

function throwing(thrown: unknown): unknown {
  return Object.defineProperty({}, "broken", {
    enumerable: true,
    get() {
      throw thrown;
    },
  });
}
