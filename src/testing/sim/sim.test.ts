import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { EFFECT_PLANTS } from "./effect-plants.ts";
import { PLANTS } from "./plants.ts";
import { simulate } from "./simulate.ts";

const BATCHES = 8;
const BATCH = 20;
/** Seeds beyond those that found something once. The worlds behind them change with the code; they cost little. */
const ONCE_BROKEN = [166, 186, 219, 256, 262, 343, 370, 395, 501, 1175, 1176, 1310];
/** A planted bug that so many seeds do not find would have been missed. */
const SEEDS_FOR_A_PLANT = 150;
const LONGEST_MS = 300_000;

interface Broken {
  readonly repeat: string;
  readonly violations: readonly unknown[];
}

async function brokenBy(seeds: readonly number[]): Promise<readonly Broken[]> {
  const broken: Broken[] = [];
  for (const seed of seeds) {
    const { violations } = await simulate({ seed });
    if (violations.length > 0) broken.push({ repeat: `npm run simulate -- --seed ${seed} --log`, violations });
  }
  return broken;
}

describe("a simulated cluster", () => {
  const batches = Array.from({ length: BATCHES }, (_, i) => [i * BATCH + 1, (i + 1) * BATCH] as const);
  it.each(batches)(
    "keeps its promises (seeds %i to %i)",
    async (from, to) => {
      expect(await brokenBy(Array.from({ length: to - from + 1 }, (_, i) => from + i))).toEqual([]);
    },
    LONGEST_MS,
  );

  it(
    "keeps its promises with seeds that once broke one",
    async () => expect(await brokenBy(ONCE_BROKEN)).toEqual([]),
    LONGEST_MS,
  );

  it(
    "gives the same log for the same seed, here and in another process",
    async () => {
      const seed = 15;
      const first = await simulate({ seed, isLogKept: true });
      const again = await simulate({ seed, isLogKept: true });
      expect(again.lines).toEqual(first.lines);
      expect(again.hash).toBe(first.hash);
      const cli = [`${import.meta.dirname}/cli.ts`, "--seed", String(seed)];
      const { stdout } = await promisify(execFile)(process.execPath, cli);
      expect(stdout).toContain(`log ${first.hash}`);
      expect((await simulate({ seed: seed + 1 })).hash).not.toBe(first.hash);
    },
    LONGEST_MS,
  );
});

describe("a planted bug is found", () => {
  it.each([...PLANTS, ...EFFECT_PLANTS])(
    "$name",
    async ({ plant, breaks }) => {
      for (let seed = 1; seed <= SEEDS_FOR_A_PLANT; seed++) {
        const planted = plant();
        const { violations } = await simulate({ seed, plant: planted });
        if (violations.length === 0) continue;
        expect(planted.acted()).toBeGreaterThan(0);
        expect(violations.map(({ promise }) => promise)).toContain(breaks);
        return;
      }
      expect.fail(`It was not found by ${SEEDS_FOR_A_PLANT} seeds.`);
    },
    LONGEST_MS,
  );
});
