import { describe, expect, it } from "vitest";
import { keyOf, LEASE_MS, openWorld, type World } from "../../test/engine/world.ts";
import { createId } from "../core/ids.ts";

const limited = { id: "job", queue: { name: "narrow", concurrencyLimit: 1 } };

function ask(
  world: World,
  { leaseId = createId("lease", world.env), limit = 10, waitMs = 60_000, tasks = ["job"] } = {},
) {
  const answer = world.engine.leaseRuns({ workerId: "worker_1", leaseId, tasks, limit, waitMs });
  const call = { runs: undefined as readonly string[] | undefined };
  void answer.then(({ runs }) => {
    call.runs = runs.map(({ id }) => id);
  });
  return call;
}

describe("a worker that asks for runs", () => {
  it("gets one that is triggered later in the moment it is accepted", async () => {
    const world = await openWorld();
    const call = ask(world);
    await world.env.advance(1_000);
    const before = world.env.monotonic();
    const id = await world.trigger();
    expect(call.runs).toEqual([id]);
    expect(world.env.monotonic()).toBe(before);
  });

  it("gets no more than it asked for; the next in line gets the rest", async () => {
    const world = await openWorld();
    const [first, second] = [ask(world, { limit: 2 }), ask(world)];
    await world.env.settle();
    const runIds = Array.from({ length: 5 }, () => createId("run", world.env));
    await world.engine.triggerRuns({ requests: runIds.map(() => ({ task: "job", options: {} })), runIds });
    await world.env.settle();
    expect(first.runs).toHaveLength(2);
    expect(second.runs).toHaveLength(3);
    expect(new Set([...(first.runs ?? []), ...(second.runs ?? [])])).toEqual(new Set(runIds));
  });

  it("gets nothing when its time is over, and nothing is left behind", async () => {
    const world = await openWorld();
    const call = ask(world, { waitMs: 5_000 });
    await world.env.advance(4_999);
    expect(call.runs).toBeUndefined();
    await world.env.advance(1);
    expect(call.runs).toEqual([]);
    expect(world.env.timers).toBe(0);
  });

  it("is asked for once even when it does not wait", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const call = ask(world, { waitMs: 0 });
    await world.env.settle();
    expect(call.runs).toEqual([id]);
  });

  it("gets the same answer to the same request, before and after it was given", async () => {
    const world = await openWorld();
    const leaseId = createId("lease", world.env);
    const calls = [ask(world, { leaseId, limit: 1 }), ask(world, { leaseId, limit: 1 })];
    const ids = [await world.trigger(), await world.trigger()];
    calls.push(ask(world, { leaseId, limit: 1 }));
    await world.env.settle();
    expect(calls.map(({ runs }) => runs)).toEqual([[ids[0]], [ids[0]], [ids[0]]]);
    expect((await world.find(ids[1] ?? "")).status).toBe("queued");
  });

  it("gets only runs of the tasks that it knows", async () => {
    const world = await openWorld({
      tasks: [limited, { id: "child", queue: { name: "child", concurrencyLimit: null } }],
    });
    const call = ask(world, { tasks: ["child"] });
    await world.trigger();
    expect(call.runs).toBeUndefined();
    const id = await world.trigger({}, "child");
    expect(call.runs).toEqual([id]);
  });

  it("gets a delayed run when its time has come", async () => {
    const world = await openWorld();
    const call = ask(world, { waitMs: 20 * 86_400_000 });
    const id = await world.trigger({ delayMs: 10 * 86_400_000 });
    await world.env.advance(10 * 86_400_000 - 1);
    expect(call.runs).toBeUndefined();
    await world.env.advance(1);
    expect(call.runs).toEqual([id]);
  });

  it("gets a run of a full queue when a slot is free, without anyone looking in between", async () => {
    const world = await openWorld({ tasks: [limited] });
    const ids = [await world.trigger(), await world.trigger()];
    const first = await world.leaseOne();
    const call = ask(world);
    await world.env.settle();
    expect(call.runs).toBeUndefined();
    await world.finish(keyOf(first), { kind: "returned" });
    expect(first.id).toBe(ids[0]);
    expect(call.runs).toEqual([ids[1]]);
  });

  it("is let go when the node stops, and refused afterwards", async () => {
    const world = await openWorld();
    const call = ask(world);
    await world.env.settle();
    await world.env.runUntil(world.engine.stop());
    expect(call.runs).toEqual([]);
    await expect(
      world.engine.leaseRuns({ workerId: "w", leaseId: "l", tasks: [], limit: 1, waitMs: 1 }),
    ).rejects.toMatchObject({ code: "STOPPED" });
    expect(world.env.timers).toBe(0);
  });
});

describe("a lease", () => {
  it("is kept as long as it is renewed", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    for (let i = 0; i < 10; i++) {
      await world.env.advance(LEASE_MS - 1);
      const { leases, leaseMs } = await world.engine.renewLeases([keyOf(run)]);
      expect([leases, leaseMs]).toEqual([[{ runId: id, held: true, cancelRequested: false }], LEASE_MS]);
    }
    expect(await world.find(id)).toMatchObject({ status: "executing", epoch: 1 });
  });

  it("is lost when it was not, and then fences everything", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const lost = keyOf(await world.leaseOne());
    await world.env.advance(LEASE_MS + 2);
    const run = await world.leaseOne();
    expect(run).toMatchObject({ id, epoch: 2, attempt: 1 });
    const append = { firstSeq: 1, entries: [], waitpoints: [] };
    const { leases } = await world.engine.renewLeases([lost]);
    expect(leases[0]?.held).toBe(false);
    expect(await world.engine.recordEntries({ ...lost, append })).toEqual({ state: "lost" });
    expect(await world.engine.parkRun({ ...lost, append, waitingOn: [] })).toEqual({ state: "lost" });
    expect(await world.engine.triggerFromRun({ ...lost, append, requests: [], runIds: [] })).toEqual({ state: "lost" });
    for (const outcome of [{ kind: "returned" }, { kind: "canceled" }] as const)
      expect(await world.finish(lost, outcome)).toBe("lost");
    await world.engine.releaseRuns([lost]);
    expect(await world.find(id)).toMatchObject({ status: "executing", epoch: 2 });
  });

  it("is handed back by a worker that stops, without losing an attempt", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    await world.engine.releaseRuns([]);
    await world.engine.releaseRuns([keyOf(await world.leaseOne())]);
    expect(await world.leaseOne()).toMatchObject({ id, attempt: 1, epoch: 2 });
  });

  it("needs no question to the store when there are none", async () => {
    const world = await openWorld();
    expect(await world.engine.renewLeases([])).toEqual({ leases: [], leaseMs: LEASE_MS, now: world.store.now() });
  });
});
