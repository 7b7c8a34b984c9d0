import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import { createId, ID_PREFIXES, type IdKind, isId, withChance } from "./ids.ts";

const KINDS = Object.keys(ID_PREFIXES) as IdKind[];

describe("ids", () => {
  it("carry their kind and the same length", () => {
    const env = createVirtualEnv();
    for (const kind of KINDS) {
      expect(createId(kind, env)).toMatch(new RegExp(`^${ID_PREFIXES[kind]}[0-9a-hjkmnp-tv-z]{26}$`));
    }
  });

  it("keep their kind and age when their chance is another", () => {
    const id = createId("run", createVirtualEnv());
    const other = withChance(id, new Uint8Array(10).fill(255));
    expect(other).toBe(`${id.slice(0, 14)}${"z".repeat(16)}`);
    expect(withChance("run_x", new Uint8Array(10))).toBe(`run_x${"0".repeat(16)}`);
    expect(withChance(`batch_${"a".repeat(99)}`, new Uint8Array(10))).toBe(`batch_${"a".repeat(10)}${"0".repeat(16)}`);
  });

  it("sort by the time at which they were made", () => {
    const instant = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    fc.assert(
      fc.property(instant, instant, (one, other) => {
        const [first, second] = [one, other].map((start) => createId("run", createVirtualEnv({ start })).slice(4, 14));
        expect(Math.sign((first as string) < (second as string) ? -1 : Number(first !== second))).toBe(
          Math.sign(one - other),
        );
      }),
    );
  });

  it("sort in the order in which they were made, within a millisecond and after the clock was set back", () => {
    const env = createVirtualEnv();
    const made = Array.from({ length: 1_000 }, (_, i) => {
      if (i === 500) env.jump(-1_000);
      return createId("run", env);
    });
    expect(new Set(made).size).toBe(1_000);
    expect(made.toSorted()).toEqual(made);
  });

  it("go on into the next millisecond when chance has run through", () => {
    const env = {
      ...createVirtualEnv(),
      now: () => 0,
      randomBytes: (length: number) => new Uint8Array(length).fill(255),
    };
    const [first, second] = [createId("run", env), createId("run", env)];
    expect(first).toBe(`run_0000000000${"z".repeat(16)}`);
    expect(second).toBe(`run_0000000001${"0".repeat(16)}`);
  });

  it("are known by their kind's prefix and something behind it", () => {
    expect(isId("run", createId("run", createVirtualEnv()))).toBe(true);
    expect(isId("run", "run_")).toBe(false);
    expect(isId("run", createId("batch", createVirtualEnv()))).toBe(false);
  });
});
