import { describe, expect, it } from "vitest";
import { intent, keyOf, openWorld, steps, type World } from "../../test/engine/world.ts";
import { createId } from "../core/ids.ts";
import type { Run } from "../core/run.ts";

const tasks = [
  { id: "job", queue: { name: "task/job", concurrencyLimit: null } },
  { id: "child", queue: { name: "task/child", concurrencyLimit: null } },
];

/** Starts children of an executing run, which waits for them. */
async function triggerChildren(world: World, parent: Run, count: number): Promise<readonly string[]> {
  const runIds = Array.from({ length: count }, () => createId("run", world.env));
  const answer = await world.env.runUntil(
    world.engine.triggerFromRun({
      ...keyOf(parent),
      append: { firstSeq: parent.entrySeq + 1, entries: [], waitpoints: [] },
      requests: runIds.map(() => ({ task: "child", options: {} })),
      runIds,
      waitpoint: { id: createId("waitpoint", world.env), entryKey: `children:child/${runIds[0]}#1` },
    }),
  );
  expect(answer.state).toBe("triggered");
  return runIds;
}

async function cancel(world: World, id: string): Promise<void> {
  await world.env.runUntil(world.engine.cancelRun(id));
  await world.env.settle();
}

async function statusOf(world: World, id: string): Promise<string> {
  return (await world.find(id)).status;
}

describe("canceling", () => {
  it("ends a queued run at once", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    await cancel(world, id);
    expect(await statusOf(world, id)).toBe("canceled");
    expect(await world.lease()).toEqual([]);
  });

  it("ends a waiting run at once", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    const waitpoints = [
      { id: "waitpoint_1", entryKey: "wait:for/1h#1", kind: "time" as const, dueAt: world.env.now() + 3_600_000 },
    ];
    await world.engine.parkRun({ ...keyOf(run), append: { ...steps(run), waitpoints }, waitingOn: ["waitpoint_1"] });
    await cancel(world, id);
    expect(await statusOf(world, id)).toBe("canceled");
    await world.env.runUntilIdle();
    expect(await statusOf(world, id)).toBe("canceled");
  });

  it("tells the worker of an executing run, and waits for its word", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    await cancel(world, id);
    expect(await statusOf(world, id)).toBe("executing");
    expect(world.poked).toEqual([id]);
    const { leases } = await world.engine.renewLeases([keyOf(run)]);
    expect(leases[0]).toEqual({ runId: id, held: true, cancelRequested: true });
    expect(await world.finish(keyOf(run), { kind: "canceled" })).toBe("canceled");
  });

  it("loses against a result, wins against an error", async () => {
    const failure = { kind: "error" as const, name: "Error", message: "no" };
    for (const [outcome, status] of [
      [{ kind: "returned" }, "completed"],
      [{ kind: "threw", failure }, "canceled"],
    ] as const) {
      const world = await openWorld();
      const id = await world.trigger();
      const run = await world.leaseOne();
      await cancel(world, id);
      expect(await world.finish(keyOf(run), outcome)).toBe(status);
    }
  });

  it("reaches a run that parks, or is handed back, instead of hearing of it", async () => {
    for (const leave of ["park", "release"]) {
      const world = await openWorld();
      const id = await world.trigger();
      const run = await world.leaseOne();
      await cancel(world, id);
      const waitpoints = [
        { id: "waitpoint_1", entryKey: "wait:for/1h#1", kind: "time" as const, dueAt: world.env.now() + 3_600_000 },
      ];
      if (leave === "park")
        await world.engine.parkRun({
          ...keyOf(run),
          append: { ...steps(run), waitpoints },
          waitingOn: ["waitpoint_1"],
        });
      else await world.engine.releaseRuns([keyOf(run)]);
      await world.env.settle();
      expect(await statusOf(world, id)).toBe("canceled");
    }
  });

  it("reaches a run whose worker died", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    await world.leaseOne();
    await cancel(world, id);
    await world.env.runUntilIdle();
    expect(await statusOf(world, id)).toBe("canceled");
  });

  it("has the run take back first what it did", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    await world.engine.recordEntries({ ...keyOf(run), append: intent(run, "step:charge#1") });
    await world.engine.releaseRuns([keyOf(run)]);
    await cancel(world, id);
    expect(await world.find(id)).toMatchObject({ status: "queued", phase: "undoing" });
    const undoing = await world.leaseOne();
    await cancel(world, id);
    expect(await world.find(id)).toMatchObject({ status: "executing", phase: "undoing" });
    await world.engine.releaseRuns([keyOf(undoing)]);
    await world.env.runUntilIdle();
    expect(await world.find(id)).toMatchObject({ status: "queued", phase: "undoing" });
    expect(await world.finish(keyOf(await world.leaseOne()), { kind: "undone", missing: ["charge"] })).toBe("canceled");
    expect((await world.find(id)).failure?.code).toBe("UNDO_INCOMPLETE");
  });

  it("goes down the tree of children, however it stands", async () => {
    const world = await openWorld({ tasks });
    const id = await world.trigger();
    const parent = await world.leaseOne();
    const children = await triggerChildren(world, parent, 3);
    const leased = await world.lease(2);
    const [executing, other] = leased;
    if (executing === undefined || other === undefined) throw new Error("two children were ready");
    const [grandchild = ""] = await triggerChildren(world, other, 1);
    await world.engine.releaseRuns([keyOf(other)]);
    await cancel(world, id);
    expect(await world.finish(keyOf(parent), { kind: "canceled" })).toBe("canceled");
    await world.env.settle();
    expect(world.poked).toContain(executing.id);
    const statuses = await Promise.all([...children, grandchild].map((child) => statusOf(world, child)));
    expect(statuses.filter((status) => status === "canceled")).toHaveLength(3);
    expect(await world.finish(keyOf(executing), { kind: "canceled" })).toBe("canceled");
  });

  it("leaves a final run as it is, and knows which runs there are", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    await world.finish(keyOf(await world.leaseOne()), { kind: "returned" });
    await cancel(world, id);
    expect(await statusOf(world, id)).toBe("completed");
    await expect(world.engine.cancelRun("run_0")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });

  it("goes on after a restart of the node", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    await world.leaseOne();
    await cancel(world, id);
    await world.restart();
    expect(await statusOf(world, id)).toBe("canceled");
  });
});

describe("children", () => {
  it("wake their parent with the last of them", async () => {
    const world = await openWorld({ tasks });
    const id = await world.trigger();
    const parent = await world.leaseOne();
    const runIds = ["a", "b"].map(() => createId("run", world.env));
    const waitpoint = { id: createId("waitpoint", world.env), entryKey: "children:child/x#1" };
    const triggered = {
      ...keyOf(parent),
      append: steps(parent, "step:a#1"),
      requests: runIds.map(() => ({ task: "child", options: {} })),
      runIds,
      waitpoint,
    };
    const first = await world.engine.triggerFromRun(triggered);
    const again = await world.engine.triggerFromRun(triggered);
    expect(again).toMatchObject({ state: "triggered", waitpoint: { id: waitpoint.id, remaining: 2 } });
    expect(again).toEqual(first);
    const append = { firstSeq: 2, entries: [], waitpoints: [] };
    expect(await world.engine.parkRun({ ...keyOf(parent), append, waitingOn: [waitpoint.id] })).toEqual({
      state: "parked",
    });
    for (const child of await world.lease()) {
      expect(child).toMatchObject({ parentRunId: id, rootRunId: id, depth: 1 });
      await world.finish(keyOf(child), { kind: "returned", output: "1" });
    }
    expect(await world.leaseOne()).toMatchObject({ id, epoch: 2 });
    const results = await world.engine.readChildren({ waitpointId: waitpoint.id });
    expect(results.map((child) => child.id)).toEqual(runIds);
  });

  it("poke a parent that has not parked, and do not let it park", async () => {
    const world = await openWorld({ tasks });
    const id = await world.trigger();
    const parent = await world.leaseOne();
    await triggerChildren(world, parent, 1);
    await world.finish(keyOf(await world.leaseOne()), { kind: "returned" });
    expect(world.poked).toEqual([id]);
    const [waitpoint] = await world.engine.readWaitpoints({ runId: id, journal: 1 });
    const append = { firstSeq: 1, entries: [], waitpoints: [] };
    expect(await world.engine.parkRun({ ...keyOf(parent), append, waitingOn: [waitpoint?.id ?? ""] })).toEqual({
      state: "ready",
    });
  });

  it("can be started without waiting, with an entry that says so", async () => {
    const world = await openWorld({ tasks });
    const id = await world.trigger();
    const parent = await world.leaseOne();
    const runIds = [createId("run", world.env)];
    const input = {
      ...keyOf(parent),
      append: { firstSeq: 1, entries: [], waitpoints: [] },
      requests: [{ task: "child", options: {} }],
      runIds,
      entryKey: "trigger:child/x#1",
    };
    const answer = await world.engine.triggerFromRun(input);
    expect(answer).toEqual({ state: "triggered", runs: [{ id: runIds[0], task: "child", isCached: false }] });
    expect(await world.engine.triggerFromRun(input)).toEqual(answer);
    const entries = await world.engine.readEntries({ runId: id, journal: 1, afterSeq: 0 });
    expect(entries).toMatchObject([{ seq: 1, kind: "trigger", key: "trigger:child/x#1" }]);
  });
});
