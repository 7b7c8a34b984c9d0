import { describe, expect, it } from "vitest";
import type { NewRun } from "../store.ts";
import { FAILURE, nothing, type World } from "./world.ts";

const LONG = `{"p":"${"x".repeat(200_000)}"}`;
const MAX_SIZE = 10_000;

/** A batch that waits for its items. */
async function announce(w: World, runCount: number, more: { idempotencyKey?: string } = {}): Promise<string> {
  const id = w.id("batch");
  const key = more.idempotencyKey === undefined ? {} : { ...more, idempotentUntil: w.now + 1_000 };
  expect(await w.store.createBatch({ ...w.at(), id, runCount, ...key })).toEqual({ id, runCount, isCached: false });
  return id;
}

function put(w: World, batchId: string, places: readonly number[], more: Partial<NewRun> = {}) {
  const runs = places.map(() => w.newRun({ batchId, ...more }));
  return w.store.putBatchItems({ ...w.at(), batchId, runs, places, maxSize: MAX_SIZE });
}

const find = (w: World, batchId: string) => w.store.findBatch({ ...w.here, batchId });
const countQueued = async (w: World) => (await w.store.countRuns(w.here)).queued;

export function batching(world: () => World): void {
  describe("a batch that is announced", () => {
    it("has no run before all its items have come, in whatever order, and then all of them", async () => {
      const w = world();
      const batchId = await announce(w, 3);
      expect(await put(w, batchId, [2])).toMatchObject({ accepted: 1, deduplicated: 0, received: 1, isSealed: false });
      expect(await put(w, batchId, [0, 2])).toMatchObject({ accepted: 1, deduplicated: 1, received: 2 });
      expect(await countQueued(w)).toBe(0);
      expect(await find(w, batchId)).toEqual({
        ...{ id: batchId, runCount: 3, received: 2, runIds: [], openRuns: 0, createdAt: w.now },
      });
      const last = await put(w, batchId, [1], { dueAt: w.now + 5, expiresAt: w.now + 9 });
      expect(last).toMatchObject({ accepted: 1, received: 3, isSealed: true, dueAt: w.now, expiresAt: w.now + 9 });
      const batch = await find(w, batchId);
      expect(batch).toMatchObject({ openRuns: 3, sealedAt: w.now, received: 3 });
      const listed = await w.store.listRuns({ ...w.here, batchId, limit: 10 });
      expect(listed.map(({ id }) => id).sort()).toEqual([...(batch?.runIds ?? [])].sort());
      const [first, second] = await Promise.all((batch?.runIds ?? []).map((id) => w.get(id)));
      expect([first?.dueAt, second?.dueAt]).toEqual([w.now, w.now + 5]);
      expect(await put(w, batchId, [0, 1, 2])).toMatchObject({ accepted: 0, deduplicated: 3, isSealed: true });
      expect(await countQueued(w)).toBe(3);
    });

    it("refuses what does not belong to it, and keeps nothing of it", async () => {
      const w = world();
      const batchId = await announce(w, 2);
      expect(await put(w, "batch_unknown", [0])).toEqual({ refused: "not-found" });
      expect(await put(w, batchId, [0, 2])).toEqual({ refused: "beyond-batch" });
      expect(await put(w, batchId, [0, 1], { payload: `{"p":"${"x".repeat(6_000)}"}` })).toEqual({
        refused: "too-large",
      });
      expect(await find(w, batchId)).toMatchObject({ received: 0 });
      expect(await put(w, batchId, [0, 0])).toMatchObject({ accepted: 1, deduplicated: 1, received: 1 });
    });

    it("has long payloads, which go with its last run", async () => {
      const w = world();
      const batchId = await announce(w, 2);
      await put(w, batchId, [0], { payload: LONG, idempotencyKey: "k" });
      const sealed = await put(w, batchId, [1], { payload: LONG, idempotencyKey: "k" });
      expect(sealed).toMatchObject({ isSealed: true });
      const { runIds = [] } = (await find(w, batchId)) ?? {};
      const [runId, sameId] = runIds as [string, string];
      expect(sameId).toBe(runId);
      expect(await countQueued(w)).toBe(1);
      expect("unreferencedBlobs" in sealed && sealed.unreferencedBlobs.length).toBe(1);
      expect((await w.get(runId)).payload).toBe(LONG);
      await w.store.cancelRun({ ...w.at(), runId, epoch: 0 });
      w.now += 10;
      expect(await find(w, batchId)).toMatchObject({ openRuns: 0, finishedAt: w.now - 10 });
      const gone = await w.store.deleteRuns({ ...w.at(), before: w.now, limit: 10 });
      expect([gone.deleted, gone.unreferencedBlobs.length]).toEqual([1, 1]);
      expect(await find(w, batchId)).toBeUndefined();
    });

    it("is found again by its key: to be filled while it lacks items, then as it is, until the key expires", async () => {
      const w = world();
      const batchId = await announce(w, 1, { idempotencyKey: "k" });
      const ask = () => {
        const call = { ...w.at(), id: w.id("batch"), runCount: 1, idempotencyKey: "k" };
        return w.store.createBatch({ ...call, idempotentUntil: w.now + 1_000 });
      };
      expect(await ask()).toEqual({ id: batchId, runCount: 1, isCached: false });
      await put(w, batchId, [0]);
      expect(await ask()).toEqual({ id: batchId, runCount: 1, isCached: true });
      w.now += 1_000;
      expect((await ask()).id).not.toBe(batchId);
    });

    it("is found again by its request", async () => {
      const w = world();
      const [id, again] = [w.id("batch"), w.id("batch")];
      const call = { ...w.at(), runCount: 1, requestKey: "r" };
      const first = await w.store.createBatch({ ...call, id });
      expect(await w.store.createBatch({ ...call, id: again })).toEqual(first);
    });

    it("is deleted when its items do not come, and what did come with it", async () => {
      const w = world();
      const batchId = await announce(w, 2);
      await put(w, batchId, [0], { payload: LONG });
      const prune = (unsealedBefore: number) =>
        w.store.deleteBatches({ ...w.at(), before: 0, unsealedBefore, limit: 10 });
      expect(await prune(w.now)).toEqual({ deleted: 0, unreferencedBlobs: [], oldestOpenAt: w.now });
      const gone = await prune(w.now + 1);
      expect([gone.deleted, gone.unreferencedBlobs.length]).toEqual([1, 1]);
      expect(await put(w, batchId, [1])).toEqual({ refused: "not-found" });
    });

    it("is sealed once, by whichever of two streams brings its last item", async () => {
      const w = world();
      const batchId = await announce(w, 40);
      const places = Array.from({ length: 40 }, (_, i) => i);
      const streams = [0, 1].map(async (s) => {
        const { store } = { store: w.nodes[s % w.nodes.length] as (typeof w.nodes)[number] };
        for (const place of places) {
          const runs = [w.newRun({ batchId, task: "streamed" })];
          await store.putBatchItems({ ...w.at(), batchId, runs, places: [place], maxSize: MAX_SIZE });
        }
      });
      await Promise.all(streams);
      expect(await countQueued(w)).toBe(40);
      expect(new Set((await find(w, batchId))?.runIds).size).toBe(40);
    });
  });

  describe("a batch that is asked for in one call", () => {
    it("is there with its runs, in their order, and goes with the last of them", async () => {
      const w = world();
      const earlier = await w.create({ idempotencyKey: "k" });
      const [batchId, runs] = [w.id("batch"), [w.newRun(), w.newRun({ idempotencyKey: "k" })]];
      const asked = runs.map((run) => ({ ...run, batchId }));
      await w.store.createRuns({ ...w.at(), runs: asked });
      await w.store.createRuns({ ...w.at(), runs: asked });
      const runId = runs[0]?.id as string;
      expect(await find(w, batchId)).toMatchObject({ runCount: 2, runIds: [runId, earlier], openRuns: 2 });
      for (const id of [runId, earlier]) await w.store.failRun({ ...w.at(), runId: id, epoch: 0, failure: FAILURE });
      w.now += 10;
      expect(await find(w, batchId)).toMatchObject({ openRuns: 0 });
      await w.store.deleteRuns({ ...w.at(), before: w.now, limit: 10 });
      expect(await find(w, batchId)).toBeUndefined();
    });

    it("may be one of children", async () => {
      const w = world();
      const parent = await w.execute();
      const batchId = w.id("batch");
      const runs = [w.newRun({ batchId, parentRunId: parent.runId })];
      await w.store.createRuns({ ...w.at(), runs, parent: { ...parent, append: nothing() } });
      expect((await find(w, batchId))?.runIds).toEqual([runs[0]?.id]);
    });
  });
}
