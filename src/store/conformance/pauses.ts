import { describe, expect, it } from "vitest";
import { FAILURE, nothing, TASK, type World } from "./world.ts";

export function pausing(world: () => World): void {
  const createIn = (w: World, queue: string, count: number) =>
    w.store.createRuns({ ...w.at(), runs: Array.from({ length: count }, () => w.newRun({ queue })) });
  const pause = (w: World, name: string) => w.store.pauseQueue({ ...w.at(), name });
  const resume = (w: World, name: string) => w.store.resumeQueue({ ...w.at(), name });
  const put = (w: World, name: string, concurrencyLimit: number | null) =>
    w.store.putQueues({ ...w.at(), queues: [{ name, concurrencyLimit }] });
  const survey = async (w: World, name: string) =>
    (await w.store.surveyQueues({ ...w.here, now: w.now, names: [name] }))[0];

  describe("a paused queue", () => {
    it.each([
      ["without a limit", null],
      ["with a limit", 3],
      ["that nobody declared", undefined],
    ] as const)("%s gives out nothing, old runs or new, until it is resumed", async (_, limit) => {
      const w = world();
      if (limit !== undefined) await put(w, "q", limit);
      await createIn(w, "q", 1);
      await createIn(w, "other", 1);
      expect((await pause(w, "q")).pausedAt).toBe(w.now);
      await createIn(w, "q", 1);
      expect((await w.lease()).map(({ queue }) => queue)).toEqual(["other"]);
      expect((await resume(w, "q")).pausedAt).toBeUndefined();
      expect(await w.lease()).toHaveLength(2);
    });

    it("lets go on what executes, and keeps what wakes, fails or is handed back", async () => {
      const w = world();
      const runs = await Promise.all(["parked", "retried", "released"].map(() => w.execute({ queue: "q" })));
      const [parked, retried, released] = runs as [(typeof runs)[0], (typeof runs)[0], (typeof runs)[0]];
      await w.store.parkRun({ ...w.at(), ...parked, append: nothing(), waitingOn: [] });
      await pause(w, "q");
      const [renewed] = await w.store.renewLeases({ ...w.at(), leases: [retried], leaseMs: 5 });
      expect(renewed).toMatchObject({ held: true, cancelRequested: false });
      await w.store.wakeRun({ ...w.at(), ...parked });
      await w.store.retryRun({ ...w.at(), ...retried, append: nothing(), failure: FAILURE, dueAt: w.now });
      await w.store.releaseRuns({ ...w.at(), leases: [released] });
      const tasks = await Promise.all(runs.map(async ({ runId }) => (await w.get(runId)).task));
      expect(await w.lease(10, { tasks })).toEqual([]);
      await resume(w, "q");
      expect(await w.lease(10, { tasks })).toHaveLength(3);
    });

    it("stays paused when it is declared again, and keeps its limit when it is resumed", async () => {
      const w = world();
      await createIn(w, "q", 5);
      await pause(w, "q");
      await put(w, "q", 2);
      expect(await w.lease()).toEqual([]);
      await resume(w, "q");
      expect(await w.lease()).toHaveLength(2);
    });

    it("is found out by those who ask, with what is in it", async () => {
      const w = world();
      await createIn(w, "q", 3);
      await w.create({ queue: "q", dueAt: w.now + 60_000 });
      await w.lease(1);
      w.now += 5_000;
      await pause(w, "q");
      expect(await survey(w, "q")).toEqual({
        name: "q",
        concurrencyLimit: null,
        declaredLimit: null,
        pausedAt: w.now,
        due: 2,
        oldestDueAt: w.now - 5_000,
        delayed: 1,
        executing: 1,
        waiting: 0,
      });
      expect(await survey(w, "unknown")).toBeUndefined();
    });

    it("wakes no loop by what is due in it", async () => {
      const w = world();
      await createIn(w, "q", 3);
      await pause(w, "q");
      expect(await w.store.nextDue({ ...w.here, now: w.now })).toEqual({});
    });

    it("has nothing begin once its pause has been settled, whoever leases meanwhile", async () => {
      const w = world();
      for (let round = 0; round < 10; round++) {
        const queue = `raced ${round}`;
        await createIn(w, queue, 200);
        const leased: string[] = [];
        let isOver = false;
        const work = async (worker: number) => {
          const node = w.nodes[worker % w.nodes.length] as World["store"];
          while (!isOver) {
            const call = { workerId: `worker_${worker}`, leaseId: w.id("lease"), tasks: [TASK], leaseMs: 30_000 };
            const got = await node.leaseRuns({ ...w.at(), ...call, limit: 3 });
            leased.push(...got.flatMap((run) => (run.queue === queue ? [run.id] : [])));
          }
        };
        const working = Promise.all([0, 1, 2, 3].map(work));
        await pause(w, queue);
        await w.store.settleQueue({ ...w.at(), name: queue });
        const begun = (await survey(w, queue))?.executing;
        await createIn(w, queue, 5);
        await createIn(w, `free ${round}`, 1);
        while ((await survey(w, `free ${round}`))?.executing !== 1) await new Promise((done) => setImmediate(done));
        isOver = true;
        await working;
        expect(leased).toHaveLength(begun ?? 0);
      }
    });
  });

  describe("an environment", () => {
    it("that is paused gives out nothing at all", async () => {
      const w = world();
      await put(w, "limited", 5);
      await createIn(w, "limited", 1);
      await createIn(w, "free", 1);
      expect(await w.store.pauseEnvironment(w.at())).toEqual({ pausedAt: w.now });
      expect(await w.store.findEnvironment(w.here)).toEqual({ pausedAt: w.now });
      expect(await w.lease()).toEqual([]);
      await w.store.resumeEnvironment(w.at());
      expect(await w.store.findEnvironment(w.here)).toEqual({});
      expect(await w.lease()).toHaveLength(2);
    });
  });

  describe("an overridden limit", () => {
    it("holds against later declarations until it is reset", async () => {
      const w = world();
      await put(w, "q", 1);
      await createIn(w, "q", 9);
      const override = { ...w.at(), name: "q", concurrencyLimit: 3 };
      expect(await w.store.overrideLimit(override)).toMatchObject({ concurrencyLimit: 3, declaredLimit: 1 });
      expect(await w.lease()).toHaveLength(3);
      await put(w, "q", 5);
      expect(await w.lease()).toEqual([]);
      const reset = await w.store.resetLimit({ ...w.at(), name: "q" });
      expect(reset).toEqual({ name: "q", concurrencyLimit: 5, declaredLimit: 5 });
      expect(await w.lease()).toHaveLength(2);
      expect(await w.store.resetLimit({ ...w.at(), name: "unknown" })).toEqual({ refused: "not-found" });
    });
  });

  it("open runs are counted by version", async () => {
    const w = world();
    await w.create({ taskVersion: "v_1" });
    await w.create({ taskVersion: "v_1" });
    await w.create();
    expect(await w.store.countOpenVersions(w.here)).toEqual([{ id: "v_1", runs: 2 }]);
  });

  it("a store describes itself, and notes that it can be written", async () => {
    const w = world();
    expect(await w.store.noteCheck(w.at())).toEqual({ checkedAt: w.now });
    const { kind, migration, bytes, waitingWrites } = await w.store.describe();
    expect(migration).toMatch(/^\d{4}-/);
    expect(waitingWrites).toBe(0);
    if (kind === "memory") expect(bytes).toBeUndefined();
    else expect(bytes).toBeGreaterThan(10_000);
  });
}
