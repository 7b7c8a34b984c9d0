import { describe, expect, it } from "vitest";
import { FAILURE, LEASE_MS, nothing, TASK, type World } from "./world.ts";

export function leasing(world: () => World): void {
  describe("leaseRuns", () => {
    it("gives due runs of the tasks asked for, the first in order first", async () => {
      const w = world();
      const late = await w.create();
      w.now += 1;
      const early = await w.create({ priorityMs: 5_000 });
      const tie = await w.create({ dueAt: w.now - 1 });
      await w.create({ dueAt: w.now + 1 });
      await w.create({ task: "another" });
      const leased = await w.lease();
      expect(leased.map(({ id }) => id)).toEqual([early, late, tie]);
      const run = await w.get(early);
      expect({ ...run, seed: leased[0]?.seed }).toEqual(leased[0]);
      expect(run).toMatchObject({
        status: "executing",
        epoch: 1,
        leaseUntil: w.now + LEASE_MS,
        leasedAt: w.now,
        workerId: "worker_1",
        startedAt: w.now,
      });
      expect((await w.events(early)).at(-1)).toEqual({
        runId: early,
        seq: 2,
        kind: "run.started",
        at: w.now,
        epoch: 1,
        attempt: 1,
        workerId: "worker_1",
      });
      expect(await w.lease()).toEqual([]);
    });

    it("gives a worker of the latest version only runs of it or of none, which are its from then on", async () => {
      const w = world();
      const pinned = await w.create({ taskVersion: "v1" });
      const fresh = await w.create();
      await w.create({ taskVersion: "v2" });
      const leased = await w.lease(10, { version: { id: "v1", isLatest: true } });
      expect(leased.map(({ id, taskVersion }) => [id, taskVersion])).toEqual([
        [pinned, "v1"],
        [fresh, "v1"],
      ]);
      await w.store.releaseRuns({ ...w.at(), leases: [{ runId: fresh, epoch: 1 }] });
      expect((await w.lease(10, { version: { id: "v3", isLatest: true } })).length).toBe(0);
      expect((await w.lease(10, { version: { id: "v1", isLatest: true } })).map(({ id }) => id)).toEqual([fresh]);
    });

    it("gives a worker of an older version runs of it alone", async () => {
      const w = world();
      const own = await w.create({ taskVersion: "v1" });
      await w.create();
      expect((await w.lease(10, { version: { id: "v1", isLatest: false } })).map(({ id }) => id)).toEqual([own]);
    });

    it("gives a worker without a version runs of any, which keep theirs", async () => {
      const w = world();
      const ids = [await w.create({ taskVersion: "v1" }), await w.create()];
      expect((await w.lease()).map(({ id, taskVersion }) => [id, taskVersion])).toEqual([
        [ids[0], "v1"],
        [ids[1], undefined],
      ]);
    });

    it("gives runs of a lane to workers of that lane, and to those without one both", async () => {
      const w = world();
      const [isolated, suspect, harmless] = [await w.create({ memoryMb: 512 }), await w.create(), await w.create()];
      await w.lease(1, { lane: "shared" });
      await w.store.quarantineRun({ ...w.at(), runId: suspect, epoch: 1 });
      const lanes = { shared: [harmless], alone: [isolated, suspect] };
      for (const [lane, ids] of Object.entries(lanes) as ["shared" | "alone", string[]][]) {
        const leased = await w.lease(10, { lane });
        expect(leased.map(({ id }) => id)).toEqual(ids);
        await w.store.releaseRuns({ ...w.at(), leases: leased.map(({ id, epoch }) => ({ runId: id, epoch })) });
      }
      expect((await w.lease(2)).map(({ id }) => id)).toEqual([isolated, suspect]);
    });

    it("fills the places of a limited queue from both lanes together", async () => {
      const w = world();
      const queue = "mixed";
      await w.store.putQueues({ ...w.at(), queues: [{ name: queue, concurrencyLimit: 2 }] });
      const shared = await w.create({ queue });
      const isolated = [await w.create({ queue, memoryMb: 0 }), await w.create({ queue, memoryMb: 0 })];
      expect((await w.lease(10)).map(({ id }) => id)).toEqual([shared, isolated[0]]);
      expect(await w.lease(10, { lane: "alone" })).toEqual([]);
    });

    it("counts versions within the places of a limited queue", async () => {
      const w = world();
      const queue = "versioned";
      await w.store.putQueues({ ...w.at(), queues: [{ name: queue, concurrencyLimit: 2 }] });
      const [old, ...fresh] = [
        await w.create({ queue, taskVersion: "v1" }),
        await w.create({ queue }),
        await w.create({ queue }),
      ];
      expect((await w.lease(10, { version: { id: "v2", isLatest: true } })).map(({ id }) => id)).toEqual(fresh);
      expect(await w.lease(10, { version: { id: "v1", isLatest: true } })).toEqual([]);
      await w.store.completeRun({ ...w.at(), runId: fresh[0] as string, epoch: 1, append: nothing() });
      expect((await w.lease(10, { version: { id: "v1", isLatest: true } })).map(({ id }) => id)).toEqual([old]);
    });

    it("gives no more than asked for", async () => {
      const w = world();
      const ids = [await w.create(), await w.create(), await w.create()];
      expect((await w.lease(2)).map(({ id }) => id)).toEqual(ids.slice(0, 2));
      expect((await w.lease(2)).map(({ id }) => id)).toEqual(ids.slice(2));
    });

    it("answers a repeat with what is still executing under its lease", async () => {
      const w = world();
      const [first, second] = [await w.create(), await w.create()];
      const leased = await w.lease(2, { leaseId: "lease" });
      await w.create();
      expect(await w.lease(2, { leaseId: "lease" })).toEqual(leased);
      await w.store.completeRun({ ...w.at(), runId: first, epoch: 1, append: nothing() });
      expect((await w.lease(2, { leaseId: "lease" })).map(({ id }) => id)).toEqual([second]);
    });

    it("passes over runs that have expired before they started, and runs whose end was asked for", async () => {
      const w = world();
      await w.create({ expiresAt: w.now });
      const started = await w.execute({ expiresAt: w.now + 1, task: TASK });
      await w.store.releaseRuns({ ...w.at(), leases: [started] });
      const asked = await w.create();
      await w.store.requestCancel({ ...w.at(), runId: asked });
      w.now += 1;
      expect((await w.lease()).map(({ id }) => id)).toEqual([started.runId]);
    });

    it("gives a woken run before newer ones", async () => {
      const w = world();
      const parked = await w.execute({ task: TASK });
      await w.store.parkRun({ ...w.at(), ...parked, append: nothing(), waitingOn: [] });
      w.now += 10;
      const newer = await w.create();
      w.now += 10;
      await w.store.wakeRun({ ...w.at(), ...parked });
      expect((await w.lease()).map(({ id }) => id)).toEqual([parked.runId, newer]);
    });

    it("keeps the first start and raises the epoch each time", async () => {
      const w = world();
      const first = await w.execute();
      const started = w.now;
      w.now += 50;
      await w.store.retryRun({ ...w.at(), ...first, append: nothing(), failure: FAILURE, dueAt: w.now });
      await w.leaseAgain(first.runId);
      expect(await w.get(first.runId)).toMatchObject({ epoch: 2, startedAt: started, leasedAt: w.now });
    });
  });

  describe("renewLeases", () => {
    it("prolongs what is held and says what is not", async () => {
      const w = world();
      const [held, asked, lost] = [await w.execute(), await w.execute(), await w.execute()];
      await w.store.requestCancel({ ...w.at(), runId: asked.runId });
      w.now += 1_000;
      const leases = [held, asked, { ...lost, epoch: lost.epoch + 1 }, { runId: "run_gone", epoch: 1 }];
      expect(await w.store.renewLeases({ ...w.at(), leases, leaseMs: 500 })).toEqual([
        { runId: held.runId, held: true, cancelRequested: false },
        { runId: asked.runId, held: true, cancelRequested: true },
        { runId: lost.runId, held: false, cancelRequested: false },
        { runId: "run_gone", held: false, cancelRequested: false },
      ]);
      expect((await w.get(held.runId)).leaseUntil).toBe(w.now + 500);
      expect((await w.get(lost.runId)).leaseUntil).toBe(w.now - 1_000 + LEASE_MS);
      expect(await w.kinds(held.runId)).toEqual(["run.created", "run.started"]);
    });

    it("asks no run to stop that is taking back what it did", async () => {
      const w = world();
      const run = await w.execute();
      await w.store.requestCancel({ ...w.at(), runId: run.runId });
      await w.store.undoRun({ ...w.at(), ...run, ending: { status: "canceled" } });
      const again = await w.leaseAgain(run.runId);
      const renewed = await w.store.renewLeases({ ...w.at(), leases: [again], leaseMs: 1 });
      expect(renewed).toEqual([{ runId: run.runId, held: true, cancelRequested: false }]);
    });
  });

  describe("releaseRuns and reapRun", () => {
    it("give runs back without burning an attempt", async () => {
      const w = world();
      const [one, other] = [await w.execute(), await w.execute()];
      w.now += 70;
      const leases = [one, { ...other, epoch: 9 }, one];
      expect(await w.store.releaseRuns({ ...w.at(), leases })).toEqual({ released: 1 });
      const run = await w.get(one.runId);
      expect(run).toMatchObject({
        status: "queued",
        attempt: 1,
        journal: 1,
        epoch: 1,
        activeMs: 70,
        barrenLeases: 0,
        dueAt: w.now,
      });
      expect(run).not.toHaveProperty("leaseUntil");
      expect(run).not.toHaveProperty("workerId");
      expect((await w.events(one.runId)).at(-1)).toMatchObject({ kind: "run.released", workerId: "worker_1" });
      expect((await w.get(other.runId)).status).toBe("executing");
    });

    it("count the leases that recorded nothing", async () => {
      const w = world();
      let run = await w.execute();
      const reap = async () => {
        w.now += 5;
        expect(await w.store.reapRun({ ...w.at(), ...run })).toEqual({ status: "queued" });
        const { barrenLeases } = await w.get(run.runId);
        run = await w.leaseAgain(run.runId);
        return barrenLeases;
      };
      expect([await reap(), await reap()]).toEqual([1, 2]);
      await w.store.appendEntries({
        ...w.at(),
        ...run,
        append: { firstSeq: 1, entries: [{ kind: "step", key: "step:a#1", outcome: "completed" }], waitpoints: [] },
      });
      expect((await w.get(run.runId)).barrenLeases).toBe(0);
      expect([await reap(), await reap()]).toEqual([0, 1]);
      await w.store.parkRun({ ...w.at(), ...run, append: nothing(2), waitingOn: [] });
      expect(await w.get(run.runId)).toMatchObject({ barrenLeases: 0, activeMs: 20 });
    });
  });
}
