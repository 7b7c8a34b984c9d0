import { describe, expect, it } from "vitest";
import { append, FAILURE, intent, nothing, step, story, timer, undo, type World } from "./world.ts";

export function recording(world: () => World): void {
  describe("appendEntries", () => {
    it("adds to the journal under the lease and counts it", async () => {
      const w = world();
      const run = await w.execute();
      const kept = {
        kind: "step",
        key: "step:b#1",
        outcome: "failed",
        keptSeq: 7,
        waitpointId: "waitpoint_x",
      } as const;
      const size = await w.store.appendEntries({ ...w.at(), ...run, append: append(1, [step("a", "{123}"), kept]) });
      expect(size).toEqual({ entrySeq: 2, journalBytes: "step:a#1{123}step:b#1".length });
      const { run: row, entries } = await story(w, run.runId);
      expect(row).toMatchObject({ entrySeq: 2, journalBytes: 21, status: "executing", eventSeq: 2 });
      expect(entries).toEqual([
        [
          {
            seq: 1,
            journal: 1,
            kind: "step",
            key: "step:a#1",
            outcome: "completed",
            result: "{123}",
            epoch: 1,
            createdAt: w.now,
          },
          { seq: 2, journal: 1, ...kept, epoch: 1, createdAt: w.now },
        ],
      ]);
    });

    it("sets metadata, adds tags and leaves notes", async () => {
      const w = world();
      const run = await w.execute({ tags: ["a"], metadata: "{0}" });
      const notes = [{ kind: "step.key-missing", details: "a" }, { kind: "journal.large" }] as const;
      const call = { ...w.at(), ...run, append: { ...nothing(), metadata: "{1}", tags: ["b", "a", "c"], notes } };
      await w.store.appendEntries(call);
      const before = await story(w, run.runId);
      expect(before.run).toMatchObject({ metadata: "{1}", metadataBase: "{0}", tags: ["a", "b", "c"], eventSeq: 4 });
      expect(before.events.slice(2)).toEqual([
        {
          runId: run.runId,
          seq: 3,
          kind: "step.key-missing",
          at: w.now,
          epoch: 1,
          attempt: 1,
          workerId: "worker_1",
          details: "a",
        },
        { runId: run.runId, seq: 4, kind: "journal.large", at: w.now, epoch: 1, attempt: 1, workerId: "worker_1" },
      ]);
      await w.store.appendEntries(call);
      expect(await story(w, run.runId)).toEqual(before);
    });

    it("makes waitpoints once for each entry key of a journal", async () => {
      const w = world();
      const run = await w.execute();
      const waitpoint = timer(w.id("waitpoint"), w.now + 5);
      const long = {
        id: w.id("waitpoint"),
        entryKey: `wait:until/${"x".repeat(5_000)}#1`,
        kind: "time",
        dueAt: 7,
      } as const;
      await w.store.appendEntries({ ...w.at(), ...run, append: { ...nothing(), waitpoints: [waitpoint, long] } });
      const again = [waitpoint, { ...waitpoint, id: w.id("waitpoint"), dueAt: 1 }, { ...long, id: w.id("waitpoint") }];
      await w.store.appendEntries({ ...w.at(), ...run, append: append(1, [step("a")], { waitpoints: again }) });
      const made = { runId: run.runId, journal: 1, status: "pending", remaining: 0, createdAt: w.now };
      expect(await w.store.listWaitpoints({ ...w.here, runId: run.runId, journal: 1 })).toEqual([
        { ...waitpoint, ...made },
        { ...long, ...made },
      ]);
    });

    it("answers a repeat, after the lease too, and refuses what does not fit", async () => {
      const w = world();
      const run = await w.execute();
      const first = append(1, [step("a"), step("b")]);
      const size = await w.store.appendEntries({ ...w.at(), ...run, append: first });
      await w.store.appendEntries({ ...w.at(), ...run, append: append(3, [step("c")]) });
      const before = await story(w, run.runId);
      const lost = { refused: "lease-lost" };
      expect(await w.store.appendEntries({ ...w.at(), ...run, append: first })).toMatchObject({ entrySeq: 3 });
      for (const misfit of [
        append(5, [step("e")]),
        append(3, [step("d")]),
        append(2, [step("b"), step("x")]),
        nothing(2),
      ]) {
        expect(await w.store.appendEntries({ ...w.at(), ...run, append: misfit })).toEqual(lost);
      }
      expect(await w.store.appendEntries({ ...w.at(), ...run, epoch: 2, append: append(4, [step("d")]) })).toEqual(
        lost,
      );
      expect(await story(w, run.runId)).toEqual(before);
      await w.store.reapRun({ ...w.at(), ...run });
      expect(await w.store.appendEntries({ ...w.at(), ...run, append: first })).toMatchObject({ entrySeq: 3 });
      expect(await w.store.appendEntries({ ...w.at(), ...run, append: append(4, [step("d")]) })).toEqual(lost);
      expect(size).toMatchObject({ entrySeq: 2 });
    });

    it("is part of the verb that ends the attempt, or was sent before it", async () => {
      const w = world();
      const run = await w.execute();
      await w.store.appendEntries({ ...w.at(), ...run, append: append(1, [step("a")]) });
      const misfit = await w.store.completeRun({ ...w.at(), ...run, append: append(1, [step("b")]) });
      expect(misfit).toEqual({ refused: "lease-lost" });
      await w.store.retryRun({ ...w.at(), ...run, append: append(1, [step("a")]), failure: FAILURE, dueAt: w.now });
      const again = await w.leaseAgain(run.runId);
      await w.store.completeRun({ ...w.at(), ...again, append: append(2, [step("a")], { metadata: "{1}" }) });
      const { run: row, entries } = await story(w, run.runId);
      expect(entries.map((journal) => journal.map(({ seq, journal: number }) => [seq, number]))).toEqual([
        [[1, 1]],
        [[2, 2]],
      ]);
      expect(row).toMatchObject({ status: "completed", entrySeq: 2, metadata: "{1}" });
    });

    it("takes a thousand entries", async () => {
      const w = world();
      const run = await w.execute();
      const entries = Array.from({ length: 1_000 }, (_, i) => step(`s${i}`));
      await w.store.appendEntries({ ...w.at(), ...run, append: append(1, entries) });
      const page = await w.store.listEntries({ ...w.here, runId: run.runId, journal: 1, afterSeq: 990, limit: 5 });
      expect(page.map(({ seq }) => seq)).toEqual([991, 992, 993, 994, 995]);
    });

    it("ends a page before its results are too long together, but not before its first entry", async () => {
      const w = world();
      const run = await w.execute();
      const entries = [50_000, 10, 50_000, 10, 150_000, 150_000].map((characters, i) => ({
        ...step(`s${i}`),
        result: `{${"x".repeat(characters)}}`,
      }));
      await w.store.appendEntries({ ...w.at(), ...run, append: append(1, entries) });
      const pages: (readonly number[])[] = [];
      for (let afterSeq = 0; afterSeq < entries.length; ) {
        const of = { ...w.here, runId: run.runId, journal: 1, afterSeq, limit: 3, maxCharacters: 101_000 };
        const page = await w.store.listEntries(of);
        for (const { seq, result } of page) expect(result).toBe(entries[seq - 1]?.result);
        pages.push(page.map(({ seq }) => seq));
        afterSeq = page.at(-1)?.seq ?? entries.length;
      }
      expect(pages).toEqual([[1, 2, 3], [4], [5], [6]]);
    });

    it("counts the undos that intents owe", async () => {
      const w = world();
      const run = await w.execute();
      await w.store.appendEntries({
        ...w.at(),
        ...run,
        append: append(1, [intent("a"), step("a"), intent("b"), intent("c")]),
      });
      expect((await w.get(run.runId)).undosOwed).toBe(3);
      const owed = async () => (await w.store.listOwedUndos({ ...w.here, runId: run.runId })).map(({ seq }) => seq);
      expect(await owed()).toEqual([4, 3, 1]);
      const failed = { ...undo(3), outcome: "failed" } as const;
      await w.store.appendEntries({ ...w.at(), ...run, append: append(5, [undo(4), failed]) });
      expect((await w.get(run.runId)).undosOwed).toBe(1);
      expect(await owed()).toEqual([1]);
    });
  });
}
