import { describe, expect, it } from "vitest";
import { keyOf, openWorld, steps, type World } from "../../test/engine/world.ts";
import { encodeValue } from "../core/codec.ts";
import type { NewEntry } from "../core/entry.ts";
import type { Run } from "../core/run.ts";

const place = (seq: number, ...more: number[]) =>
  [String(seq).padStart(12, "0"), ...more.map((one) => String(one).padStart(6, "0"))].join(".");

function step(name: string, more: Partial<NewEntry> = {}): NewEntry {
  return { kind: "step", key: `step:${name}#1`, outcome: "completed", result: encodeValue(name, name), ...more };
}

async function record(world: World, run: Run, firstSeq: number, entries: readonly NewEntry[]): Promise<void> {
  const append = { firstSeq, entries, waitpoints: [] };
  await world.env.runUntil(world.engine.recordEntries({ ...keyOf(run), append }));
}

describe("a run's journal", () => {
  it("is shown in the order in which its code saw it, page by page", async () => {
    const world = await openWorld();
    const runId = await world.trigger();
    const run = await world.leaseOne();
    const names = Array.from({ length: 120 }, (_, i) => `s${i + 1}`);
    await record(
      world,
      run,
      1,
      names.map((name) => step(name)),
    );
    const placed = [
      step("p1", { place: place(60, 2) }),
      step("p2", { place: place(60, 1) }),
      step("p3", { place: place(0, 1) }),
    ];
    await record(world, run, 121, [...placed, step("last"), step("p4", { place: place(124, 1) })]);
    const expected = ["p3", ...names.slice(0, 60), "p2", "p1", ...names.slice(60), "last", "p4"].map(
      (name) => `step "${name}"`,
    );
    for (const limit of [500, 7, 1]) {
      const seen: string[] = [];
      for (let after: string | undefined, isMore = true; isMore; isMore = after !== undefined) {
        const page = await world.engine.showJournal({ runId, limit, ...(after === undefined ? {} : { after }) });
        expect(page.entries.length).toBeLessThanOrEqual(limit);
        seen.push(...page.entries.map(({ name }) => name));
        after = page.next;
      }
      expect(seen).toEqual(expected);
    }
  });

  it("tells what the latest continuation did from what it was given, and attempts from each other", async () => {
    const world = await openWorld();
    const runId = await world.trigger();
    const first = await world.leaseOne();
    await record(world, first, 1, [step("a", { result: encodeValue({ password: "hunter2" }, "a") })]);
    await world.env.runUntil(world.engine.releaseRuns([keyOf(first)]));
    const second = await world.leaseOne();
    await record(world, second, 2, [step("b")]);
    const sources = async (journal?: number) => {
      const { entries } = await world.engine.showJournal({
        runId,
        limit: 10,
        ...(journal === undefined ? {} : { journal }),
      });
      return entries.map(({ name, source }) => [name, source]);
    };
    expect(await sources()).toEqual([
      ['step "a"', "replayed"],
      ['step "b"', "executed"],
    ]);
    const failure = { kind: "error" as const, name: "Error", message: "no" };
    await world.finish({ ...keyOf(second), append: steps({ ...second, entrySeq: 2 }) }, { kind: "threw", failure });
    await world.env.advance(60_000);
    const third = await world.leaseOne();
    expect(third.journal).toBe(2);
    await record(world, third, 3, [{ kind: "step", key: "step:a#1", outcome: "completed", keptSeq: 1 }]);
    expect(await sources()).toEqual([['step "a"', "kept"]]);
    expect(await sources(1)).toEqual([
      ['step "a"', "replayed"],
      ['step "b"', "executed"],
    ]);
    const { entries, journals, deleted } = await world.engine.showJournal({ runId, limit: 10, withValues: true });
    expect(entries).toMatchObject([{ seq: 3, keptSeq: 1, value: '{"password":"[redacted: password]"}' }]);
    expect(journals).toEqual([
      { journal: 1, entries: 2, firstEpoch: 1, lastEpoch: 2 },
      { journal: 2, entries: 1, firstEpoch: 3, lastEpoch: 3 },
    ]);
    expect(deleted).toBe(0);
    await expect(sources(3)).rejects.toThrow("has the journals 1 to 2");
    await expect(world.engine.showJournal({ runId: "run_0", limit: 1 })).rejects.toThrow("There is no run");
  });

  it("says how many of its entries were deleted with the end of the run", async () => {
    const world = await openWorld();
    const runId = await world.trigger();
    const run = await world.leaseOne();
    await record(world, run, 1, [step("a"), { kind: "timer", key: "timer:30#1", outcome: "completed" }]);
    const before = await world.engine.showJournal({ runId, limit: 10 });
    expect([before.entries.length, before.deleted]).toEqual([2, 0]);
    await world.finish({ ...keyOf(run), append: { firstSeq: 3, entries: [], waitpoints: [] } }, { kind: "returned" });
    await world.env.advance(60_000);
    const after = await world.engine.showJournal({ runId, limit: 10 });
    expect([after.entries.map(({ seq }) => seq), after.deleted]).toEqual([[1], 1]);
  });

  it("ends a page of values before it is too large to send", async () => {
    const world = await openWorld();
    const runId = await world.trigger();
    const run = await world.leaseOne();
    const long = "x ".repeat(30_000);
    const names = Array.from({ length: 90 }, (_, i) => `s${i}`);
    await record(
      world,
      run,
      1,
      names.map((name) => step(name, { result: encodeValue(long, name) })),
    );
    const bare = await world.engine.showJournal({ runId, limit: 500 });
    expect(bare.entries.length).toBe(90);
    const page = await world.engine.showJournal({ runId, limit: 500, withValues: true });
    expect(page.entries.length).toBeLessThan(90);
    const rest = await world.engine.showJournal({ runId, limit: 500, withValues: true, after: page.next ?? "" });
    expect(page.entries.length + rest.entries.length).toBe(90);
  });
});
