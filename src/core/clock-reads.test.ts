import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClockChannel, ClockReader, ClockWriter, countClockReads } from "./clock-reads.ts";

type Read = readonly [ClockChannel, number];

/** What a run reads: the time of these years, near and far steps in both directions, and pauses. */
const wallReads = fc.oneof(
  fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_020 }),
  fc.integer(),
  fc.maxSafeNat().map((n) => n % 2 ** 50),
);
const monoReads = fc
  .oneof(
    fc.integer({ min: 0, max: 20 }),
    fc.maxSafeNat().map((n) => n % 2 ** 50),
  )
  .map((micros) => micros / 1000);
const read: fc.Arbitrary<Read> = fc.oneof(
  wallReads.map((ms): Read => ["wall", ms]),
  monoReads.map((ms): Read => ["mono", ms]),
);
const stretch = fc
  .array(fc.tuple(read, fc.integer({ min: 1, max: 40 })), { maxLength: 30 })
  .map((parts) => parts.flatMap(([one, count]) => Array.from({ length: count }, () => one)));

function write(reads: readonly Read[], writer = new ClockWriter()): string | undefined {
  for (const [channel, ms] of reads) writer.add(channel, ms);
  return writer.take();
}

function readAll(texts: readonly (string | undefined)[]): Record<ClockChannel, number[]> {
  const reader = new ClockReader();
  for (const text of texts) if (text !== undefined) reader.append(text);
  return { wall: drain(reader, "wall"), mono: drain(reader, "mono") };
}

function drain(reader: ClockReader, channel: ClockChannel): number[] {
  const reads: number[] = [];
  for (let ms = reader.next(channel); ms !== undefined; ms = reader.next(channel)) reads.push(ms);
  return reads;
}

function of(channel: ClockChannel, reads: readonly Read[]): number[] {
  return reads.filter(([name]) => name === channel).map(([, ms]) => ms);
}

describe("the clock reads of a stretch", () => {
  it("are given back exactly, in the order of their channel, over any number of stretches", () => {
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 4 }), (stretches) => {
        const writer = new ClockWriter();
        const texts = stretches.map((reads) => write(reads, writer));
        const reads = stretches.flat();
        expect(readAll(texts)).toEqual({ wall: of("wall", reads), mono: of("mono", reads) });
      }),
    );
  });

  it("are counted without being unpacked", () => {
    fc.assert(
      fc.property(stretch, (reads) => {
        expect(countClockReads(write(reads) ?? "")).toBe(reads.length);
      }),
    );
    expect(() => countClockReads("A.A.A")).toThrow("in no form that is known");
  });

  it("are given back however their channels are mixed by who asks", () => {
    const reader = new ClockReader();
    reader.append(
      write([
        ["wall", 5],
        ["wall", 6],
        ["mono", 0.25],
      ]) ?? "",
    );
    expect([reader.next("mono"), reader.next("wall")]).toEqual([0.25, 5]);
    reader.append(
      write([
        ["mono", 0.125],
        ["wall", 2],
      ]) ?? "",
    );
    expect([reader.next("mono"), reader.next("wall"), reader.next("wall")]).toEqual([0.125, 6, 2]);
    expect([reader.next("mono"), reader.next("wall")]).toEqual([undefined, undefined]);
  });

  it("are no text when there were none", () => {
    expect(write([])).toBeUndefined();
    expect(write([["wall", 0]])).toBe("A");
    expect(write([["mono", 0]])).toBe(".A");
  });

  it("go back when the clock does", () => {
    const reads = [1000, 999, -5, -5, 2 ** 50, -(2 ** 50)];
    expect(readAll([write(reads.map((ms): Read => ["wall", ms]))]).wall).toEqual(reads);
  });

  it("of a tight loop take some bytes for each millisecond", () => {
    const start = 1_790_000_000_000;
    const reads = Array.from({ length: 100_000 }, (_, index): Read => ["wall", start + Math.floor(index / 2_113)]);
    const text = write(reads) ?? "";
    expect(text.length).toBeLessThan(300);
    expect(readAll([text]).wall).toEqual(of("wall", reads));
  });

  it("have about the size that is said before they are taken", () => {
    fc.assert(
      fc.property(stretch, (reads) => {
        const writer = new ClockWriter();
        for (const [channel, ms] of reads) writer.add(channel, ms);
        const { size } = writer;
        const taken = writer.take()?.length ?? 0;
        expect(taken - size).toBeLessThanOrEqual(32);
        expect(writer.size).toBe(0);
      }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("cannot be %s", (ms) => {
    expect(() => new ClockWriter().add("wall", ms)).toThrow("cannot be kept");
  });
});

describe("a text from elsewhere", () => {
  it("may count further than there is memory", () => {
    const reader = new ClockReader();
    // A difference of 1, and a count of nearly 2 ** 50.
    reader.append(`R${"_".repeat(9)}f`);
    expect([reader.next("wall"), reader.next("wall"), reader.next("wall")]).toEqual([1, 2, 3]);
  });

  it.each([
    ["has another digit", "!"],
    ["ends in a number", "g"],
    ["ends before its count", "Q"],
    ["has a difference beyond all numbers", `${"_".repeat(11)}B`],
    ["has a count beyond all numbers", `Q${"_".repeat(11)}B`],
    ["has zeros without end", `Q${"g".repeat(400)}`],
  ])("is refused when it %s", (_, text) => {
    const reader = new ClockReader();
    reader.append(text);
    expect(() => reader.next("wall")).toThrow("in no form that is known");
  });

  it("is refused when it has a third channel", () => {
    expect(() => new ClockReader().append("A.A.A")).toThrow("in no form that is known");
  });

  it("is refused or read, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ABQRgw_-9."), maxLength: 40 }), (text) => {
        const reader = new ClockReader();
        try {
          reader.append(text);
          for (let index = 0; index < 100; index += 1) {
            const ms = reader.next("wall");
            expect(ms === undefined || Number.isFinite(ms)).toBe(true);
          }
        } catch (error) {
          expect(error).toMatchObject({ code: "INTERNAL" });
        }
      }),
    );
  });
});
