import { describe, expect, it } from "vitest";
import { keyOf, LEASE_MS, openWorld, steps, type World } from "../../../test/engine/world.ts";
import type { Run } from "../../core/run.ts";

const DAY = 86_400_000;

function parkForTenDays(world: World, run: Run) {
  const waitpoints = [
    { id: "waitpoint_1", entryKey: "wait:for/10d#1", kind: "time" as const, dueAt: world.env.now() + 10 * DAY },
  ];
  return world.engine.parkRun({ ...keyOf(run), append: { ...steps(run), waitpoints }, waitingOn: ["waitpoint_1"] });
}

describe("a run that waits", () => {
  it("goes on when its time has come, ten days later", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    expect(await parkForTenDays(world, run)).toEqual({ state: "parked" });
    await world.env.advance(10 * DAY - 1);
    expect(await world.lease()).toEqual([]);
    await world.env.advance(1);
    expect(await world.leaseOne()).toMatchObject({ id, epoch: 2 });
    expect(world.env.timers).toBe(1);
  });

  it("goes on when its code calls back", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    await parkForTenDays(world, run);
    await world.engine.unparkRun({ ...keyOf(run), workerId: "w" });
    await world.engine.unparkRun({ ...keyOf(run), workerId: "w", epoch: 7 });
    expect(await world.leaseOne()).toMatchObject({ id, epoch: 2 });
  });

  it("goes on where its code called back, although another worker asked for runs before", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    await parkForTenDays(world, run);
    const ask = { tasks: ["job"], limit: 5, waitMs: 60_000 };
    const other = world.engine.leaseRuns({ ...ask, workerId: "other", leaseId: "lease_1" });
    const caller = world.engine.leaseRuns({ ...ask, workerId: "caller", leaseId: "lease_2" });
    await world.env.settle();
    await world.engine.unparkRun({ ...keyOf(run), workerId: "caller" });
    expect((await world.env.runUntil(caller)).runs).toMatchObject([{ id, workerId: "caller" }]);
    const next = await world.trigger();
    expect((await world.env.runUntil(other)).runs).toMatchObject([{ id: next }]);
  });

  it("is poked when it has not parked", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    const waitpoints = [
      { id: "waitpoint_1", entryKey: "wait:for/1s#1", kind: "time" as const, dueAt: world.env.now() + 1_000 },
    ];
    await world.engine.recordEntries({ ...keyOf(run), append: { ...steps(run), waitpoints } });
    await world.env.advance(1_000);
    expect(world.poked).toEqual([id]);
  });

  it("is one of many that are due at once", async () => {
    const world = await openWorld();
    const dueAt = world.env.now() + DAY;
    for (let i = 0; i < 450; i++) await world.trigger();
    for (const run of await world.lease(450)) {
      const waitpoints = [{ id: `waitpoint_${run.id}`, entryKey: "wait:for/1d#1", kind: "time" as const, dueAt }];
      await world.engine.parkRun({
        ...keyOf(run),
        append: { ...steps(run), waitpoints },
        waitingOn: [`waitpoint_${run.id}`],
      });
    }
    await world.env.advance(DAY);
    expect(await world.lease(1_000)).toHaveLength(450);
  });
});

describe("a run whose worker died", () => {
  it("is continued by another when the lease has run out, in the same attempt", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    await world.engine.recordEntries({ ...keyOf(run), append: steps(run, "step:a#1") });
    await world.env.advance(LEASE_MS);
    expect((await world.find(id)).status).toBe("executing");
    await world.env.advance(2);
    expect(await world.leaseOne()).toMatchObject({ id, epoch: 2, attempt: 1, entrySeq: 1 });
    expect(await world.story(id)).toContain("run.reaped");
  });

  it("fails its attempt when it takes down three processes in a row, and its run in the end", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const die = async (attempt: number) => {
      expect(await world.leaseOne()).toMatchObject({ id, attempt });
      await world.env.advance(LEASE_MS + 2);
    };
    for (let i = 0; i < 3; i++) await die(1);
    expect(await world.find(id)).toMatchObject({ attempt: 2, failure: { kind: "crashed", code: "CRASHED" } });
    await world.env.advance(1_000);
    for (let i = 0; i < 3; i++) await die(2);
    expect(await world.find(id)).toMatchObject({ status: "failed", failure: { code: "CRASHED" } });
  });

  it("is given more patience while it gets on", async () => {
    const world = await openWorld();
    await world.trigger();
    for (let i = 0; i < 6; i++) {
      const run = await world.leaseOne();
      expect(run.attempt).toBe(1);
      await world.engine.recordEntries({ ...keyOf(run), append: steps(run, `step:${i}#1`) });
      await world.env.advance(LEASE_MS + 2);
    }
  });

  it("is handed on at once when its node starts again and no other can have its worker", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    await world.leaseOne();
    await world.restart();
    expect(await world.leaseOne()).toMatchObject({ id, epoch: 2 });
  });

  it("is given one lease after a start where other nodes may have its worker", async () => {
    const world = await openWorld({ isSingleNode: false });
    const id = await world.trigger();
    await world.leaseOne();
    await world.env.runUntil(world.engine.stop());
    await world.env.advance(2 * LEASE_MS);
    await world.restart();
    await world.env.advance(LEASE_MS - 1);
    expect((await world.find(id)).status).toBe("executing");
    await world.env.advance(5_000);
    expect((await world.find(id)).status).toBe("queued");
    await world.env.runUntil(world.engine.stop());
  });
});

describe("a worker that is alive", () => {
  it("is given one lease to be heard after a jump of the clock", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    world.env.jump(8 * 3_600_000);
    await world.env.advance(LEASE_MS + 2);
    expect((await world.find(id)).status).toBe("executing");
    await world.engine.renewLeases([keyOf(run)]);
    await world.env.advance(LEASE_MS - 1);
    expect((await world.find(id)).status).toBe("executing");
    await world.env.advance(LEASE_MS);
    expect((await world.find(id)).status).toBe("queued");
  });
});

describe("a run with a TTL", () => {
  it("fails when it has not started in time", async () => {
    const world = await openWorld();
    const id = await world.trigger({ delayMs: 1_000, ttlMs: 5_000 });
    await world.env.advance(5_999);
    expect((await world.find(id)).status).toBe("queued");
    await world.env.advance(2);
    expect(await world.find(id)).toMatchObject({ status: "failed", failure: { kind: "expired", code: "RUN_EXPIRED" } });
    // A moment later the run's automatic records are looked for.
    await world.env.advance(1_000);
    expect(world.env.timers).toBe(0);
  });

  it("takes all its time once it has started", async () => {
    const world = await openWorld();
    const id = await world.trigger({ ttlMs: 5_000 });
    const run = await world.leaseOne();
    await world.engine.releaseRuns([keyOf(run)]);
    await world.env.advance(10_000);
    expect((await world.find(id)).status).toBe("queued");
  });
});

describe("finished runs", () => {
  it("are deleted after the retention time, and kept without one", async () => {
    for (const retentionMs of [DAY, undefined]) {
      const world = await openWorld(retentionMs === undefined ? {} : { retentionMs });
      const id = await world.trigger();
      await world.finish(keyOf(await world.leaseOne()), { kind: "returned" });
      await world.env.advance(DAY - 1);
      expect((await world.find(id)).status).toBe("completed");
      await world.env.advance(3_700_000);
      if (retentionMs === undefined) expect((await world.find(id)).status).toBe("completed");
      else await expect(world.find(id)).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
      await world.env.runUntil(world.engine.stop());
      expect(world.env.timers).toBe(0);
    }
  });
});

describe("what a run recorded automatically", () => {
  const records = (run: Run) => ({
    ...steps(run, "step:a#1"),
    entries: [...steps(run, "step:a#1").entries, { kind: "timer", key: "timer#1", outcome: "completed" } as const],
  });

  it.each([undefined, DAY])("is deleted when the run has been final for long enough (%s ms)", async (recordsMs) => {
    const world = await openWorld(recordsMs === undefined ? {} : { recordsMs });
    const kinds = async (runId: string) =>
      (await world.engine.readEntries({ runId, journal: 1, afterSeq: 0 })).map(({ kind }) => kind);
    const ids: string[] = [];
    for (let i = 0; i < 2; i++) {
      ids.push(await world.trigger());
      const run = await world.leaseOne();
      await world.finish({ ...keyOf(run), append: records(run) }, { kind: "returned" });
      expect(await kinds(ids[i] ?? "")).toEqual(["step", "timer"]);
      await world.env.advance(500);
    }
    await world.env.advance((recordsMs ?? 0) - 1_000);
    if (recordsMs !== undefined) for (const id of ids) expect(await kinds(id)).toEqual(["step", "timer"]);
    await world.env.advance(LEASE_MS);
    for (const id of ids) expect(await kinds(id)).toEqual(["step"]);
    expect(world.env.timers).toBe(0);
    expect(world.problems).toEqual([]);
  });

  it("is deleted by the next start, where the node ended before it came to it", async () => {
    const world = await openWorld();
    const runId = await world.trigger();
    const run = await world.leaseOne();
    await world.finish({ ...keyOf(run), append: records(run) }, { kind: "returned" });
    await world.restart();
    await world.env.advance(1);
    await world.restart();
    expect(await world.engine.readEntries({ runId, journal: 1, afterSeq: 0 })).toMatchObject([{ kind: "step" }]);
  });
});

describe("many nodes over one store", () => {
  it("find within seconds what another did", async () => {
    const world = await openWorld({ isSingleNode: false });
    const { engine: one } = world;
    await world.restart({ leaseMs: LEASE_MS });
    const leased = world.engine.leaseRuns({
      workerId: "w",
      leaseId: "lease_1",
      tasks: ["job"],
      limit: 1,
      waitMs: 60_000,
    });
    await world.env.settle();
    const runIds = ["run_00000000000000000000000001"];
    await one.triggerRuns({ requests: [{ task: "job", options: {} }], runIds });
    const { runs } = await world.env.runUntil(leased);
    expect(runs).toHaveLength(1);
    expect(world.env.monotonic()).toBeLessThanOrEqual(5_000);
    await world.env.runUntil(world.engine.stop());
  });
});
