import { describe, expect, it } from "vitest";
import { append, children, FAILURE, nothing, step, type World } from "./world.ts";

const LONG = "x".repeat(200_000);

export function deleting(world: () => World): void {
  const prune = (w: World, limit = 100) => w.store.deleteRuns({ ...w.at(), before: w.now, limit });

  describe("deleteRuns", () => {
    it("takes away final runs and all that belongs to them, the oldest first", async () => {
      const w = world();
      const ids: string[] = [];
      for (let i = 0; i < 3; i++) {
        const run = await w.execute({ idempotencyKey: `key ${i}` });
        await w.store.completeRun({ ...w.at(), ...run, append: append(1, [step("a")]) });
        ids.push(run.runId);
        w.now += 10;
      }
      const open = await w.create();
      expect(await w.store.deleteRuns({ ...w.at(), before: w.now - 30, limit: 10 })).toEqual({
        deleted: 0,
        runIds: [],
        unreferencedBlobs: [],
      });
      expect(await prune(w, 2)).toEqual({ deleted: 2, runIds: ids.slice(0, 2).sort(), unreferencedBlobs: [] });
      expect((await w.store.listRuns({ ...w.here, limit: 10 })).map(({ id }) => id)).toEqual([open, ids[2]]);
      const gone = { ...w.here, runId: ids[0] as string };
      expect(await w.store.findRun(gone)).toBeUndefined();
      expect(await w.store.listRunEvents({ ...gone, afterSeq: 0, limit: 10 })).toEqual([]);
      expect(await w.store.findEntry({ ...gone, seq: 1 })).toBeUndefined();
      const again = w.newRun({ task: `task of ${ids[0]}`, idempotencyKey: "key 0" });
      expect(await w.store.createRuns({ ...w.at(), runs: [again] })).toMatchObject({
        created: [{ id: again.id, isCached: false }],
      });
    });

    it("keeps what an open run may ask about", async () => {
      const w = world();
      const parent = await w.execute();
      const stranger = await w.execute();
      const runs = [w.newRun({ parentRunId: parent.runId, task: "child", idempotencyKey: "k" })];
      await w.store.createRuns({ ...w.at(), runs, parent: { ...parent, append: nothing() } });
      const waitpoint = children(w.id("waitpoint"));
      const asked = [w.newRun({ task: "child", idempotencyKey: "k" })];
      await w.store.createRuns({ ...w.at(), runs: asked, parent: { ...stranger, append: nothing(), waitpoint } });
      const [child] = await w.lease(1, { tasks: ["child"] });
      await w.store.completeRun({ ...w.at(), runId: child?.id as string, epoch: 1, append: nothing() });
      w.now += 10;
      expect((await prune(w)).deleted).toBe(0);
      await w.store.failRun({ ...w.at(), ...parent, failure: FAILURE });
      w.now += 10;
      expect((await prune(w)).deleted).toBe(1);
      expect(await w.store.listChildren({ ...w.here, waitpointId: waitpoint.id })).toHaveLength(1);
      await w.store.failRun({ ...w.at(), ...stranger, failure: FAILURE });
      w.now += 10;
      expect((await prune(w)).deleted).toBe(2);
      expect(await w.store.listRuns({ ...w.here, limit: 10 })).toEqual([]);
      expect(await w.store.listWaitpoints({ ...w.here, runId: stranger.runId, journal: 1 })).toEqual([]);
    });
  });

  describe("long values", () => {
    it("are read like others, and go with the last run that has them", async () => {
      const w = world();
      const payload = `{"p":"${LONG}"}`;
      const run = await w.execute({ payload });
      const result = `{"r":"${LONG}"}`;
      const size = await w.store.appendEntries({ ...w.at(), ...run, append: append(1, [step("a", result)]) });
      expect(size).toEqual({ entrySeq: 1, journalBytes: "step:a#1".length + result.length });
      const output = `{"o":"${LONG}"}`;
      await w.store.completeRun({ ...w.at(), ...run, append: nothing(2), output });
      w.now += 10;
      const copy = await w.create({ payloadOf: run.runId });
      expect(await w.get(run.runId)).toMatchObject({ payload, output });
      expect(await w.store.findEntry({ ...w.here, runId: run.runId, seq: 1 })).toMatchObject({ result });
      const first = await prune(w);
      expect(first).toMatchObject({ deleted: 1 });
      expect(first.unreferencedBlobs).toHaveLength(2);
      expect((await w.get(copy)).payload).toBe(payload);
      await w.store.cancelRun({ ...w.at(), runId: copy, epoch: 0 });
      w.now += 10;
      expect((await prune(w)).unreferencedBlobs).toHaveLength(1);
    });
  });
}
