import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSeal } from "./seal.ts";

const key = new Uint8Array(32).fill(7);
const seal = createSeal(key, new Uint8Array(12), "perdure.db");

describe("a seal", () => {
  it("opens what it closed", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => seal.open(seal.close(text)) === text));
  });

  it("opens with the same key elsewhere", () => {
    const other = createSeal(key, new Uint8Array(12).fill(9), "perdure.db");
    expect(other.open(seal.close("{}"))).toBe("{}");
  });

  it("derives secrets that are the same elsewhere, and others for another purpose, another key", () => {
    const elsewhere = createSeal(key, new Uint8Array(12).fill(9), "perdure.db");
    expect(elsewhere.derive("a")).toBe(seal.derive("a"));
    expect(seal.derive("a")).toMatch(/^[\w-]{43}$/);
    const other = createSeal(new Uint8Array(32).fill(8), new Uint8Array(12), "perdure.db");
    expect(new Set([seal.derive("a"), seal.derive("b"), other.derive("a")]).size).toBe(3);
  });

  it("refuses every altered byte and every cut", () => {
    const sealed = seal.close('{"json":1}');
    for (const i of sealed.keys()) {
      const altered = sealed.with(i, (sealed[i] as number) ^ 1);
      expect(() => seal.open(altered)).toThrow(expect.objectContaining({ code: "ENCRYPTION_KEY_WRONG" }));
      expect(() => seal.open(sealed.subarray(0, i))).toThrow(expect.objectContaining({ code: "ENCRYPTION_KEY_WRONG" }));
    }
  });

  it("refuses another key", () => {
    const other = createSeal(new Uint8Array(32).fill(8), new Uint8Array(12), "perdure.db");
    expect(() => other.open(seal.close("{}"))).toThrow(expect.objectContaining({ code: "ENCRYPTION_KEY_WRONG" }));
  });

  it("uses no nonce twice, over the end of its count too", () => {
    const last = new Uint8Array(12).fill(255);
    last[11] = 250;
    const counting = createSeal(key, last, "perdure.db");
    const nonces = Array.from({ length: 20 }, () => counting.close("{}").subarray(1, 13).join());
    expect(new Set(nonces).size).toBe(20);
    expect(nonces[0]).toBe([...new Array(11).fill(255), 251].join());
    expect(nonces[5]).toBe(new Array(12).fill(0).join());
  });

  it("wants a key of 32 bytes", () => {
    expect(() => createSeal(new Uint8Array(16), new Uint8Array(12), "perdure.db")).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });
});
