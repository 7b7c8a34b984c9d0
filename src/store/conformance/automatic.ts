import { describe, expect, it } from "vitest";
import type { NewEntry } from "../../core/entry.ts";
import { LIMITS } from "../../core/limits.ts";
import { append, FAILURE, intent, nothing, step, undo, type World } from "./world.ts";

type Kind = NewEntry["kind"];

/** An entry of an effect that the code had without asking the SDK. */
export function effect(kind: Kind, name: string, more: Partial<NewEntry> = {}): NewEntry {
  return { kind, key: `http:${name}#1`, outcome: "completed", ...more };
}

export function recordingEffects(world: () => World): void {
  describe("automatic effects", () => {
    const entriesOf = (w: World, runId: string, journal = 1) =>
      w.store.listEntries({ ...w.here, runId, journal, afterSeq: 0, limit: 1_000 });
    const placedOf = (w: World, runId: string) => w.store.listPlacedEntries({ ...w.here, runId, journal: 1 });
    const unansweredOf = (w: World, runId: string, journal = 1) =>
      w.store.listUnanswered({ ...w.here, runId, journal });

    it("are kept with what the code read off the clock, and recognised when they come again", async () => {
      const w = world();
      const run = await w.execute();
      const entries = [
        effect("sent", "a", { clock: "1700000000000+3" }),
        effect("request", "a", { result: "{}", outcome: "failed" }),
        effect("head", "b", { result: "{}" }),
        effect("body", "b", { result: "{}", clock: "+1" }),
        effect("end", "b"),
        { kind: "timer", key: "timer#1", outcome: "completed" },
      ] as const;
      const call = { ...w.at(), ...run, append: append(1, entries) };
      const size = await w.store.appendEntries(call);
      const expected = entries.map((entry, i) => ({ ...entry, seq: i + 1, journal: 1, epoch: 1, createdAt: w.now }));
      expect(await entriesOf(w, run.runId)).toEqual(expected);
      const bytes = "http:a#1http:a#1{}http:b#1{}http:b#1{}http:b#1timer#1".length + "1700000000000+3+1".length;
      expect(size).toEqual({ entrySeq: 6, journalBytes: bytes });
      expect(await w.store.appendEntries(call)).toEqual(size);
      expect(await entriesOf(w, run.runId)).toEqual(expected);
      expect(await w.store.findEntry({ ...w.here, runId: run.runId, seq: 1 })).toEqual(expected[0]);
    });

    it("owe no undo and are no steps", async () => {
      const w = world();
      const run = await w.execute();
      const entries = [effect("sent", "a"), intent("a"), effect("request", "a"), step("a"), effect("sent", "b")];
      await w.store.appendEntries({ ...w.at(), ...run, append: append(1, entries) });
      expect((await w.get(run.runId)).undosOwed).toBe(1);
      const here = { ...w.here, runId: run.runId };
      expect((await w.store.listOwedUndos(here)).map(({ seq }) => seq)).toEqual([2]);
      expect(await w.store.listStepKeys({ ...here, beforeJournal: 2 })).toMatchObject([{ seq: 4 }]);
      await w.store.appendEntries({ ...w.at(), ...run, append: append(6, [undo(2), effect("request", "b")]) });
      expect((await w.get(run.runId)).undosOwed).toBe(0);
      expect(await w.store.listOwedUndos(here)).toEqual([]);
    });

    it("that were first recorded during a replay are read apart, by the order in which they were written", async () => {
      const w = world();
      const run = await w.execute();
      const long = `{"json":"${"x".repeat(LIMITS.inlineCharacters)}"}`;
      const early = effect("request", "early", { place: "000000000001.000002", result: long });
      const earlier = { ...step("earlier"), place: "000000000001.000001", clock: "+5" };
      await w.store.appendEntries({ ...w.at(), ...run, append: append(1, [step("a"), step("b")]) });
      const size = await w.store.appendEntries({ ...w.at(), ...run, append: append(3, [early, earlier, step("c")]) });
      expect((await entriesOf(w, run.runId)).map(({ seq }) => seq)).toEqual([1, 2, 5]);
      expect(await placedOf(w, run.runId)).toEqual([
        { ...early, seq: 3, journal: 1, epoch: 1, createdAt: w.now },
        { ...earlier, seq: 4, journal: 1, epoch: 1, createdAt: w.now },
      ]);
      const places = 2 * "000000000001.000001".length + "+5".length;
      const steps = 3 * "step:a#1{}".length + "step:earlier#1{}".length;
      expect(size).toEqual({
        entrySeq: 5,
        journalBytes: places + steps + "http:early#1".length + long.length,
      });
    });

    it("that were not answered are named, in the order in which they began", async () => {
      const w = world();
      const run = await w.execute();
      const entries = [
        effect("head", "cut off"),
        effect("sent", "lost"),
        effect("sent", "answered"),
        effect("request", "answered"),
        effect("sent", "whole"),
        effect("head", "whole"),
        effect("body", "whole"),
        effect("end", "whole"),
        effect("body", "cut off"),
        effect("request", "safe"),
        effect("sent", "cut too"),
        effect("head", "cut too"),
        effect("sent", "lost again", { place: "000000000002.000001" }),
        // The first beginning was cut off by a crash, the second came to its end.
        effect("head", "repeated"),
        effect("head", "repeated", { place: "000000000013.000001" }),
        effect("end", "repeated", { place: "000000000013.000002" }),
        { ...step("a"), key: "http:lost#1" },
      ];
      await w.store.appendEntries({ ...w.at(), ...run, append: append(1, entries) });
      expect((await placedOf(w, run.runId)).map(({ seq }) => seq)).toEqual([13, 15, 16]);
      expect(await unansweredOf(w, run.runId)).toEqual([
        { kind: "head", key: "http:cut off#1" },
        { kind: "sent", key: "http:lost#1" },
        { kind: "head", key: "http:cut too#1" },
        { kind: "sent", key: "http:lost again#1" },
      ]);
    });

    it("of one journal are no business of the next", async () => {
      const w = world();
      const { runId, epoch } = await w.execute();
      const entries = [intent("a"), effect("sent", "a", { place: "000000000000.000001" })];
      await w.store.retryRun({ ...w.at(), runId, epoch, append: append(1, entries), failure: FAILURE, dueAt: w.now });
      const second = await w.leaseAgain(runId);
      expect(await unansweredOf(w, runId, 2)).toEqual([]);
      await w.store.appendEntries({ ...w.at(), ...second, append: append(3, [effect("sent", "b")]) });
      expect(await unansweredOf(w, runId, 2)).toEqual([{ kind: "sent", key: "http:b#1" }]);
      expect(await w.store.listPlacedEntries({ ...w.here, runId, journal: 2 })).toEqual([]);
      expect(await w.store.listJournals({ ...w.here, runId })).toEqual([
        { journal: 1, entries: 2, firstEpoch: 1, lastEpoch: 1 },
        { journal: 2, entries: 1, firstEpoch: 2, lastEpoch: 2 },
      ]);
      expect(await w.store.parkRun({ ...w.at(), ...second, append: nothing(4), waitingOn: [] })).toMatchObject({
        entrySeq: 3,
      });
    });
  });
}
