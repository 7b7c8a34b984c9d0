import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SeededChance } from "./seeded-chance.ts";

function chance(stretch: string, { seed = "a seed", attempt = 1 } = {}): SeededChance {
  const made = new SeededChance(seed, attempt);
  made.moveTo(stretch);
  return made;
}

function numbers(from: SeededChance, count: number): number[] {
  return Array.from({ length: count }, () => from.number());
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const draw = (from: SeededChance) => hex(from.bytes(16));

/** How far counts are from being equal, in standard deviations of what chance would give. */
function deviation(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  return (chiSquare - freedom) / Math.sqrt(2 * freedom);
}

describe("seeded chance", () => {
  it("is the same for the same seed and stretch, however it is asked for in parts", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.array(fc.nat(5_000), { maxLength: 5 }), (seed, stretch, lengths) => {
        const whole = chance(stretch, { seed }).bytes(lengths.reduce((sum, length) => sum + length, 0));
        const parted = chance(stretch, { seed });
        expect(Buffer.concat(lengths.map((length) => parted.bytes(length))).equals(whole)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("does not change with the version of Perdure, which would change ids that were sent", () => {
    expect(draw(chance("1.0"))).toBe("61a87a0bd5dc589577ca7fc1880fc944");
    expect(numbers(chance("1.0"), 2)).toEqual([0.6252932008490177, 0.2733060910662082]);
    expect(draw(new SeededChance("a seed", 1))).toBe("a079e746979295974182f4d0f471d689");
  });

  it("is another for another seed or stretch", () => {
    fc.assert(
      fc.property(fc.tuple(fc.string(), fc.string()), fc.tuple(fc.string(), fc.string()), (one, other) => {
        const [a, b] = [one, other].map(([seed, stretch]) => chance(stretch, { seed }));
        if (a === undefined || b === undefined) throw new Error("There are two.");
        const isSame = hmacKey(one[0]) === hmacKey(other[0]) && one[1] === other[1];
        expect(draw(a) === draw(b)).toBe(isSame);
      }),
    );
    expect(draw(chance(""))).not.toBe(draw(new SeededChance("a seed", 1)));
  });

  it("gives later stretches the same whatever was drawn before", () => {
    const [few, many] = [chance("1"), chance("1")];
    few.bytes(3);
    many.bytes(70);
    numbers(many, 1_000);
    for (const one of [few, many]) one.moveTo("2");
    expect(draw(few)).toBe(draw(many));
    expect(few.number()).toBe(many.number());
  });

  it("goes on where it was when it is moved to where it is", () => {
    const one = chance("1");
    const before = draw(one);
    one.moveTo("1");
    expect(draw(one)).not.toBe(before);
  });

  it("keeps bytes over attempts, and throws the dice anew", () => {
    const [first, second] = [chance("1"), chance("1", { attempt: 2 })];
    expect(draw(first)).toBe(draw(second));
    expect(numbers(first, 4)).not.toEqual(numbers(second, 4));
  });

  it("gives the memory of its bytes away", () => {
    const [one, other] = [chance("1"), chance("1")];
    one.bytes(8).fill(0);
    other.bytes(8);
    expect(draw(one)).toBe(draw(other));
    expect(chance("1").bytes(0)).toHaveLength(0);
  });

  it("is even: bytes, numbers and the lowest bits of numbers", () => {
    const bytes = new Array<number>(256).fill(0);
    for (const byte of chance("even").bytes(1_000_000)) bytes[byte] = (bytes[byte] ?? 0) + 1;
    const high = new Array<number>(1_000).fill(0);
    const low = new Array<number>(64).fill(0);
    for (const number of numbers(chance("even"), 200_000)) {
      expect(number >= 0 && number < 1).toBe(true);
      const index = Math.floor(number * 1_000);
      high[index] = (high[index] ?? 0) + 1;
      const lowest = (number * 2 ** 53) % 64;
      low[lowest] = (low[lowest] ?? 0) + 1;
    }
    for (const counts of [bytes, high, low]) expect(Math.abs(deviation(counts))).toBeLessThan(4);
  });
});

/** Keys of an HMAC are filled up with zeros, so those at the end of a seed count for nothing. Seeds of runs have none. */
function hmacKey(seed: string): string {
  return seed.replace(/\0+$/, "");
}
