import { describe, expect, it } from "vitest";
import { intent, keyOf, openWorld, steps, type World } from "../../test/engine/world.ts";
import { LIMITS } from "../core/limits.ts";
import type { Run } from "../core/run.ts";

const { warnEntries, maxEntries } = LIMITS.journal;

/** Fills the journal up to this many entries. */
async function fill(world: World, run: Run, entries: number): Promise<Run> {
  let { entrySeq } = await world.find(run.id);
  while (entrySeq < entries) {
    const count = Math.min(2_000, entries - entrySeq);
    const keys = Array.from({ length: count }, (_, i) => `step:${entrySeq + i}#1`);
    expect(await world.engine.recordEntries({ ...keyOf(run), append: steps({ entrySeq }, ...keys) })).toEqual({
      state: "recorded",
    });
    entrySeq += count;
  }
  return { ...run, entrySeq };
}

describe("recording", () => {
  it("gives back what was recorded, in its order", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    expect(await world.engine.recordEntries({ ...keyOf(run), append: steps(run, "step:a#1", "step:b#1") })).toEqual({
      state: "recorded",
    });
    const entries = await world.engine.readEntries({ runId: id, journal: 1, afterSeq: 0 });
    expect(entries.map(({ seq, key }) => [seq, key])).toEqual([
      [1, "step:a#1"],
      [2, "step:b#1"],
    ]);
    expect(await world.engine.readEntry({ runId: id, seq: 2 })).toMatchObject({ key: "step:b#1", result: "1" });
  });

  it("warns of a large journal once, whatever happens", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await fill(world, await world.leaseOne(), warnEntries - 1);
    expect(await world.story(id)).not.toContain("journal.large");
    await fill(world, run, warnEntries + 1);
    await world.restart();
    await fill(world, await world.leaseOne(), warnEntries + 3);
    expect((await world.story(id)).filter((kind) => kind === "journal.large")).toHaveLength(1);
  });

  it("ends a run whose journal is too large, and lets it take back what it did", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const leased = await world.leaseOne();
    await world.engine.recordEntries({ ...keyOf(leased), append: intent(leased, "step:charge#1") });
    const run = await fill(world, leased, maxEntries);
    const last = steps(run, "step:last#1");
    expect(await world.engine.recordEntries({ ...keyOf(run), append: last })).toEqual({ state: "ended" });
    expect(await world.find(id)).toMatchObject({ status: "queued", phase: "undoing" });
    const undoing = await world.leaseOne();
    const done = { kind: "undo" as const, key: "undo:1", outcome: "completed" as const };
    const undo = { firstSeq: undoing.entrySeq + 1, entries: [done], waitpoints: [] };
    expect(await world.engine.recordEntries({ ...keyOf(undoing), append: undo })).toEqual({ state: "recorded" });
    expect(await world.finish(keyOf(undoing), { kind: "undone", missing: [] })).toBe("failed");
    expect((await world.find(id)).failure?.code).toBe("JOURNAL_TOO_LARGE");
  });
});
