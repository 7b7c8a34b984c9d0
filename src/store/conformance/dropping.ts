import { describe, expect, it } from "vitest";
import { LIMITS } from "../../core/limits.ts";
import type { LeaseKey } from "../../core/run.ts";
import { effect } from "./automatic.ts";
import { append, children, FAILURE, intent, nothing, step, timer, undo, type World } from "./world.ts";

const LONG = `{"json":"${"x".repeat(LIMITS.inlineCharacters)}"}`;

export function droppingEntries(world: () => World): void {
  const entriesOf = async (w: World, runId: string, journal = 1) =>
    (await w.store.listEntries({ ...w.here, runId, journal, afterSeq: 0, limit: 1_000 })).map(
      ({ seq, kind }) => `${seq} ${kind}`,
    );
  const retry = (w: World, run: LeaseKey, more: object = {}) =>
    w.store.retryRun({ ...w.at(), ...run, append: nothing(), failure: FAILURE, dueAt: w.now, ...more });

  describe("a new attempt", () => {
    const entries = [effect("sent", "a"), step("a"), effect("request", "a", { result: LONG }), step("b", LONG)];

    it("and a restart have nothing of what was recorded automatically", async () => {
      const w = world();
      const run = await w.execute();
      const { unreferencedBlobs, ...answer } = Object(await retry(w, run, { append: append(1, entries) }));
      expect(answer).toEqual({ attempt: 2 });
      expect(unreferencedBlobs).toHaveLength(1);
      expect(await entriesOf(w, run.runId)).toEqual(["2 step", "4 step"]);
      const second = await w.leaseAgain(run.runId);
      await w.store.appendEntries({ ...w.at(), ...second, append: append(5, entries) });
      const { unreferencedBlobs: others, ...restarted } = Object(await w.store.restartRun({ ...w.at(), ...second }));
      expect(restarted).toEqual({ status: "queued" });
      expect(others).toHaveLength(1);
      expect(await entriesOf(w, run.runId, 2)).toEqual(["6 step", "8 step"]);
      expect(await w.get(run.runId)).toMatchObject({ journal: 3, attempt: 2, entrySeq: 8 });
      const third = await w.leaseAgain(run.runId);
      const noted = append(9, [effect("sent", "c")]);
      await w.store.completeRun({ ...w.at(), ...third, append: noted });
      w.now += 1;
      expect(await w.store.deleteRecords({ ...w.at(), before: w.now, limit: 10 })).toMatchObject({ deleted: 1 });
    });

    it("leaves them where undos are owed, which are recovered from them", async () => {
      const w = world();
      const run = await w.execute();
      expect(await retry(w, run, { append: append(1, [effect("sent", "a"), intent("a"), step("a")]) })).toEqual({
        attempt: 2,
      });
      expect(await entriesOf(w, run.runId)).toEqual(["1 sent", "2 intent", "3 step"]);
      const second = await w.leaseAgain(run.runId);
      const restart = { ...w.at(), ...second };
      expect(await w.store.restartRun(restart)).toEqual({ status: "queued" });
      expect(await entriesOf(w, run.runId)).toEqual(["1 sent", "2 intent", "3 step"]);
      const third = await w.leaseAgain(run.runId);
      await retry(w, third, { append: append(4, [undo(2)]) });
      expect(await entriesOf(w, run.runId)).toEqual(["2 intent", "3 step"]);
    });

    it("that resumes goes on in the same journal, without the effect that the last one failed at", async () => {
      const w = world();
      const run = await w.execute({ metadata: '{"a":1}' });
      const key = "http:a#1";
      const before = append(1, [
        effect("request", "kept"),
        { ...intent("a"), key },
        effect("sent", "a"),
        { ...step("a"), key },
        effect("request", "a", { result: LONG, place: "000000000003.000001", outcome: "failed" }),
        effect("request", "later"),
      ]);
      await w.store.appendEntries({ ...w.at(), ...run, append: { ...before, metadata: '{"a":2}' } });
      w.now += 5;
      const call = { append: append(7, [effect("sent", "a"), step("last")]), dueAt: w.now + 10, resumeBefore: key };
      const { unreferencedBlobs, ...answer } = Object(await retry(w, run, call));
      expect(answer).toEqual({ attempt: 2 });
      expect(unreferencedBlobs).toHaveLength(1);
      expect(await w.get(run.runId)).toMatchObject({
        status: "queued",
        attempt: 2,
        journal: 1,
        entrySeq: 8,
        undosOwed: 1,
        activeMs: 0,
        metadata: '{"a":2}',
        metadataBase: '{"a":1}',
        failure: FAILURE,
        dueAt: w.now + 10,
      });
      expect(await entriesOf(w, run.runId)).toEqual(["1 request", "2 intent", "6 request", "8 step"]);
      expect(await w.store.listPlacedEntries({ ...w.here, runId: run.runId, journal: 1 })).toEqual([]);
      expect((await w.events(run.runId)).at(-1)?.details).toBe(
        JSON.stringify({ failure: FAILURE, dueAt: w.now + 10, resumeBefore: key }),
      );
      expect(await retry(w, run, call)).toEqual({ attempt: 2 });
      w.now += 10;
      const again = await w.leaseAgain(run.runId);
      await w.store.appendEntries({ ...w.at(), ...again, append: append(9, [effect("request", "a")]) });
      expect(await entriesOf(w, run.runId)).toEqual(["1 request", "2 intent", "6 request", "8 step", "9 request"]);
    });

    it("that resumes asks again for what it had waited for", async () => {
      const w = world();
      const run = await w.execute();
      const [kept, failed] = [children(w.id("waitpoint")), children(w.id("waitpoint"))];
      for (const waitpoint of [kept, failed]) {
        const child = w.newRun({ task: `child of ${run.runId}`, parentRunId: run.runId });
        await w.store.createRuns({ ...w.at(), runs: [child], parent: { ...run, append: nothing(), waitpoint } });
        const lease = await w.leaseAgain(child.id);
        await w.store.failRun({ ...w.at(), ...lease, append: nothing(), failure: FAILURE });
      }
      const open = timer(w.id("waitpoint"), w.now + 1_000);
      const entries = [kept, failed].map(
        ({ id, entryKey }) => ({ kind: "children", key: entryKey, outcome: "completed", waitpointId: id }) as const,
      );
      await retry(w, run, {
        append: append(1, entries, { waitpoints: [open] }),
        resumeBefore: failed.entryKey,
      });
      const left = await w.store.listWaitpoints({ ...w.here, runId: run.runId, journal: 1 });
      expect(left.map(({ id }) => id).sort()).toEqual([kept.id, open.id].sort());
      expect(await w.store.listChildren({ ...w.here, waitpointId: failed.id })).toEqual([]);
      expect(await w.store.listChildren({ ...w.here, waitpointId: kept.id })).toHaveLength(1);
      const second = await w.leaseAgain(run.runId);
      const waitpoint = { ...failed, id: w.id("waitpoint") };
      const parent = { ...second, append: nothing(3), waitpoint };
      const answer = await w.store.createRuns({ ...w.at(), runs: [w.newRun({ parentRunId: run.runId })], parent });
      expect(answer).toMatchObject({ waitpoint: { id: waitpoint.id, status: "pending", remaining: 1 } });
    });
  });

  describe("deleteRecords", () => {
    /** Two steps among three automatic entries, one of them long. */
    const entries = [
      effect("sent", "a"),
      step("a", LONG),
      effect("request", "a", { result: LONG }),
      step("b"),
      effect("timer", "b"),
    ];
    const end = async (w: World) => {
      const run = await w.execute();
      await w.store.completeRun({ ...w.at(), ...run, append: append(1, entries) });
      return run.runId;
    };
    const remove = (w: World, more: { before?: number; limit?: number } = {}) =>
      w.store.deleteRecords({ ...w.at(), before: w.now, limit: 100, ...more });

    it("deletes what final runs recorded automatically, and nothing else", async () => {
      const w = world();
      const open = await w.execute();
      await w.store.appendEntries({ ...w.at(), ...open, append: append(1, entries) });
      const [first, second] = [await end(w), await end(w)];
      w.now += 10;
      const third = await end(w);
      const { unreferencedBlobs, ...answer } = await remove(w);
      expect(answer).toEqual({ deleted: 6, isDone: true, oldestAt: w.now });
      expect(unreferencedBlobs).toHaveLength(2);
      for (const runId of [first, second]) expect(await entriesOf(w, runId)).toEqual(["2 step", "4 step"]);
      for (const runId of [open.runId, third]) expect(await entriesOf(w, runId)).toHaveLength(5);
      expect((await w.store.findEntry({ ...w.here, runId: first, seq: 2 }))?.result).toBe(LONG);
      expect(await w.get(first)).toMatchObject({ status: "completed", entrySeq: 5 });
      expect(await remove(w, { before: w.now + 1 })).toMatchObject({ deleted: 3, isDone: true });
      expect(await remove(w, { before: w.now + 1 })).toEqual({ deleted: 0, isDone: true, unreferencedBlobs: [] });
    });

    it("deletes no more than it is told to, and comes to the end of it", async () => {
      const w = world();
      const runIds = [await end(w), await end(w), await end(w)];
      w.now += 1;
      const answers: unknown[] = [];
      for (let rounds = 0; rounds < 9; rounds++) {
        const { deleted, isDone, unreferencedBlobs } = await remove(w, { limit: 2 });
        answers.push([deleted, unreferencedBlobs.length]);
        if (isDone) break;
      }
      expect(answers.slice(0, -1).every((answer) => (answer as number[])[0] === 2)).toBe(true);
      expect(answers.flat().reduce((sum: number, number) => sum + Number(number), 0)).toBe(9 + 3);
      for (const runId of runIds) expect(await entriesOf(w, runId)).toEqual(["2 step", "4 step"]);
    });

    it("counts what two nodes delete at once only once", async () => {
      const w = world();
      const runIds = [await end(w), await end(w), await end(w), await end(w)];
      w.now += 1;
      const call = { ...w.at(), before: w.now, limit: 100 };
      const answers = await Promise.all([...w.nodes, ...w.nodes].map((node) => node.deleteRecords(call)));
      expect(answers.reduce((sum, { deleted }) => sum + deleted, 0)).toBe(12);
      expect(answers.flatMap(({ unreferencedBlobs }) => unreferencedBlobs)).toHaveLength(4);
      for (const runId of runIds) expect((await w.store.findEntry({ ...w.here, runId, seq: 2 }))?.result).toBe(LONG);
    });
  });
}
