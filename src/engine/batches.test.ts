import { describe, expect, it } from "vitest";
import { openWorld, type World } from "../../test/engine/world.ts";
import { createId } from "../core/ids.ts";
import { LIMITS } from "../core/limits.ts";

const RETENTION_MS = 24 * 60 * 60_000;
const item = (index: number, more: object = {}) => ({ index, task: "job", options: {}, ...more });

async function announce({ engine, env }: World, runCount: number): Promise<string> {
  const { id } = await env.runUntil(engine.createBatch({ batchId: createId("batch", env), runCount }));
  return id;
}

function add({ engine, env }: World, batchId: string, ...items: readonly ReturnType<typeof item>[]) {
  return env.runUntil(engine.addBatchItems({ batchId, items }));
}

describe("a batch whose items come one by one", () => {
  it("starts its runs as soon as the last of them is there, each when it is due", async () => {
    const world = await openWorld();
    const batchId = await announce(world, 2);
    await add(world, batchId, item(0));
    expect(await world.lease()).toEqual([]);
    await add(world, batchId, item(1, { options: { delayMs: 10_000 } }));
    expect(await world.lease()).toMatchObject([{ batchId, task: "job" }]);
    await world.env.advance(10_000);
    expect(await world.lease()).toMatchObject([{ batchId }]);
  });

  it("expires its runs as others do", async () => {
    const world = await openWorld();
    const batchId = await announce(world, 1);
    await add(world, batchId, item(0, { options: { ttlMs: 1_000 } }));
    await world.env.advance(1_000);
    const [runId = ""] = (await world.engine.getBatch(batchId)).runIds;
    expect(await world.find(runId)).toMatchObject({ status: "failed", failure: { kind: "expired" } });
  });

  it("is given up when they do not come within the hour, also by a node that was started meanwhile", async () => {
    const world = await openWorld();
    const [first, second] = [await announce(world, 2), await announce(world, 2)];
    await add(world, first, item(0));
    await world.env.advance(LIMITS.batchOpenMs / 2);
    await world.restart();
    await add(world, second, item(0), item(1));
    await world.env.advance(LIMITS.batchOpenMs);
    await expect(world.engine.getBatch(first)).rejects.toMatchObject({ code: "BATCH_NOT_FOUND" });
    await expect(add(world, first, item(1))).rejects.toMatchObject({ code: "BATCH_NOT_FOUND" });
    expect((await world.engine.getBatch(second)).runIds.length).toBe(2);
    expect(world.problems).toEqual([]);
  });

  it("goes with its runs", async () => {
    const world = await openWorld({ retentionMs: RETENTION_MS });
    const batchId = await announce(world, 1);
    await add(world, batchId, item(0));
    await world.finish(await leaseKey(world), { kind: "returned" });
    expect(await world.engine.getBatch(batchId)).toMatchObject({ openRuns: 0 });
    await world.env.advance(3 * RETENTION_MS);
    await expect(world.engine.getBatch(batchId)).rejects.toMatchObject({ code: "BATCH_NOT_FOUND" });
  });

  it("takes none of the items that were sent with one that cannot be taken", async () => {
    const world = await openWorld();
    const batchId = await announce(world, 2);
    const unknown = { ...item(1), task: "nothing" };
    await expect(add(world, batchId, item(0), unknown)).rejects.toMatchObject({
      code: "BATCH_ITEM_REFUSED",
      details: { index: 1 },
    });
    const long = "x".repeat(LIMITS.inlineCharacters - 100);
    const many = Array.from({ length: 200 }, (_, index) => item(index, { payload: `{"json":"${long}"}` }));
    const large = await announce(world, 200);
    await expect(add(world, large, ...many)).rejects.toMatchObject({ code: "BATCH_TOO_LARGE" });
    for (const id of [batchId, large]) expect((await world.engine.getBatch(id)).received).toBe(0);
  });
});

async function leaseKey(world: World) {
  const { id: runId, epoch } = await world.leaseOne();
  return { runId, epoch };
}
