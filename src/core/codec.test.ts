import fc from "fast-check";
import superjson from "superjson";
import { describe, expect, it } from "vitest";
import { decodeValue, encodeValue } from "./codec.ts";

const WHAT = "The payload for task import";

/** Names that superjson refuses in objects; each of their tests is below. */
const PERILOUS = /"(?:__proto__|constructor|prototype)"/;

describe("an encoded value", () => {
  it("comes back as it was", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary", maxDepth: 3 }).filter(hasPlainNames), (given) => {
        fc.pre(!PERILOUS.test(JSON.stringify(given)));
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

  it("is the text that superjson makes, whether or not superjson is asked", () => {
    const likely = fc.anything({ withDate: true, withBigInt: true, withNullPrototype: true });
    fc.assert(
      fc.property(fc.oneof(likely, fc.array(likely), fc.dictionary(fc.string(), likely)), (given) => {
        fc.pre(!PERILOUS.test(fc.stringify(given)));
        expect(encodeValue(given, WHAT)).toBe(superjson.stringify(given));
      }),
    );
  });

  it.each<[unknown]>([
    [Object.assign([1], { 2: 3 })],
    [Object.assign([1], { 2: 3, further: 1 })],
    [Object.assign([1], { further: 1 })],
    [[]],
    [-0],
    [new Error("broken")],
    [
      new (class Point {
        x = 1;
      })(),
    ],
    [
      {
        a: new (class Point {
          x = 1;
        })(),
      },
    ],
    [Object.create(null)],
  ])("is the text that superjson makes for %s", (given) => {
    expect(encodeValue(given, WHAT)).toBe(superjson.stringify(given));
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
    ["prototype pollution", () => JSON.parse('{"__proto__": {"a": 1}}')],
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

/** superjson refuses these, since whoever copies such an object may be tricked into changing all objects. */
function hasPlainNames(given: unknown): boolean {
  return !/"(?:__proto__|prototype|constructor)":/.test(JSON.stringify(given));
}

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
