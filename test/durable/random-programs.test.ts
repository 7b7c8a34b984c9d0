import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunObject } from "../../src/sdk/index.ts";
import { createTestPerdure, type TestPerdureOptions } from "../../src/testing/index.ts";
import { type Part, performer, program, World } from "./random-program.ts";

const PROGRAMS = Number(process.env["PERDURE_PROGRAMS"] ?? 8);
const SEED = Number(process.env["PERDURE_SEED"] ?? 1);
/** A long journal is cut at so many places, evenly. */
const CUTS = 12;

const SURROUNDINGS = [0, 100].flatMap((keepWarm) => [1, 100].map((concurrency) => ({ keepWarm, concurrency })));

test(`${PROGRAMS} random programs give the same wherever they are cut`, {
  timeout: 30_000 + PROGRAMS * 5_000,
}, async () => {
  await fc.assert(fc.asyncProperty(program, survives), { numRuns: PROGRAMS, seed: SEED, endOnFailure: false });
});

/** The surroundings take turns: together the cuts of a program see all of them. */
async function survives(parts: Part[]): Promise<void> {
  const undisturbed = await perform(parts, { keepWarm: 0, concurrency: 100 });
  expect(undisturbed.repeated).toEqual([]);
  expect(repeats(undisturbed.effects)).toEqual([]);
  for (const [i, cut] of cuts(undisturbed.entries).entries()) {
    const surroundings = SURROUNDINGS[i % SURROUNDINGS.length] as (typeof SURROUNDINGS)[number];
    const where = JSON.stringify({ ...surroundings, crashAfterEntries: cut });
    const disturbed = await perform(parts, { ...surroundings, ...(cut === 0 ? {} : { crashAfterEntries: cut }) });
    expect(disturbed.outcome, where).toEqual(undisturbed.outcome);
    expect([...new Set(disturbed.effects)].sort(), where).toEqual([...new Set(undisturbed.effects)].sort());
    expect(disturbed.repeated, where).toEqual([]);
    expect(disturbed.entries, where).toBe(undisturbed.entries);
    // Undos run one after the other, so a kill repeats one at most; of one step it never repeats more than one go.
    const again = repeats(disturbed.effects);
    expect(again.filter((label) => /^(undo|rollback)/.test(label)).length, where).toBeLessThanOrEqual(1);
    expect(new Set(again).size, where).toBe(again.length);
  }
}

/** Once undisturbed in each of the surroundings, and then after one entry after the other. */
function cuts(entries: number): readonly number[] {
  const step = Math.max(1, entries / CUTS);
  const places = Array.from({ length: Math.min(CUTS, entries) }, (_, i) => Math.floor(i * step) + 1);
  return [...SURROUNDINGS.map(() => 0), ...places];
}

async function perform(parts: Part[], options: Omit<TestPerdureOptions, "tasks">) {
  const world = new World();
  const { main, child } = performer(world);
  const kit = await createTestPerdure({ tasks: [main, child], onLog: () => undefined, ...options });
  try {
    const run = await kit.run(main, parts);
    await kit.advance("5m");
    return { outcome: outcomeOf(run), effects: world.effects, repeated: world.repeated, entries: kit.entries };
  } finally {
    await kit.stop();
  }
}

function outcomeOf({ status, output, error, metadata, tags, attemptCount }: RunObject) {
  const list = metadata?.["list"];
  return {
    status,
    output,
    error: error?.message,
    // What branches add side by side comes in no particular order.
    metadata: Array.isArray(list) ? { ...metadata, list: list.toSorted() } : metadata,
    tags: tags.toSorted(),
    attemptCount,
  };
}

/** Labels beyond their first occurrence. */
function repeats(effects: readonly string[]): readonly string[] {
  return effects.filter((label, i) => effects.indexOf(label) !== i);
}
