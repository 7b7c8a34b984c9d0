import { describe, expect, it } from "vitest";
import { nothing, type World } from "./world.ts";

export function limitingQueues(world: () => World): void {
  const put = (w: World, name: string, concurrencyLimit: number | null) =>
    w.store.putQueues({ ...w.at(), queues: [{ name, concurrencyLimit }] });
  const createIn = (w: World, queue: string, count: number) =>
    w.store.createRuns({ ...w.at(), runs: Array.from({ length: count }, () => w.newRun({ queue })) });

  describe("a queue's limit", () => {
    it("bounds what executes, and frees a place with each run that ends or parks", async () => {
      const w = world();
      await put(w, "narrow", 2);
      await createIn(w, "narrow", 5);
      const [first, second] = await w.lease();
      expect(await w.lease()).toEqual([]);
      await w.store.completeRun({ ...w.at(), runId: first?.id as string, epoch: 1, append: nothing() });
      expect(await w.lease()).toHaveLength(1);
      await w.store.parkRun({ ...w.at(), runId: second?.id as string, epoch: 1, append: nothing(), waitingOn: [] });
      expect(await w.lease()).toHaveLength(1);
      await w.store.wakeRun({ ...w.at(), runId: second?.id as string, epoch: 1 });
      expect(await w.lease()).toEqual([]);
    });

    it("lets no queue keep another from going on, and keeps the order across them", async () => {
      const w = world();
      await w.store.putQueues({
        ...w.at(),
        queues: [
          { name: "b", concurrencyLimit: 1 },
          { name: "a", concurrencyLimit: 1 },
          { name: "full", concurrencyLimit: 0 },
        ],
      });
      const order = ["full", "b", "b", "a", "free", "a"];
      const ids: string[] = [];
      for (const queue of order) {
        w.now += 1;
        ids.push(await w.create({ queue }));
      }
      expect((await w.lease(2)).map(({ id }) => id)).toEqual([ids[1], ids[3]]);
      expect((await w.lease(2)).map(({ id }) => id)).toEqual([ids[4]]);
    });

    it("looks past full queues, however many there are", async () => {
      const w = world();
      const names = Array.from({ length: 30 }, (_, i) => `queue ${i}`);
      await w.store.putQueues({
        ...w.at(),
        queues: names.map((name, i) => ({ name, concurrencyLimit: i < 25 ? 0 : 1 })),
      });
      for (const name of names) await createIn(w, name, 2);
      expect((await w.lease(3)).map(({ queue }) => queue)).toEqual(["queue 25", "queue 26", "queue 27"]);
      expect((await w.lease(3)).map(({ queue }) => queue)).toEqual(["queue 28", "queue 29"]);
    });

    it("holds for runs that were there before it, whatever they were doing", async () => {
      const w = world();
      await createIn(w, "later", 3);
      const [running] = await w.lease(1);
      const parked = await w.execute({ queue: "later" });
      await w.store.parkRun({ ...w.at(), ...parked, append: nothing(), waitingOn: [] });
      expect(await put(w, "later", 1)).toEqual({ queues: 1 });
      expect(await w.lease()).toEqual([]);
      await w.store.completeRun({ ...w.at(), runId: running?.id as string, epoch: 1, append: nothing() });
      expect(await w.lease()).toHaveLength(1);
    });

    it("goes, and all its runs with it", async () => {
      const w = world();
      await put(w, "once", 1);
      await createIn(w, "once", 2);
      const [held] = await w.lease();
      await put(w, "once", null);
      expect(await w.lease()).toHaveLength(1);
      await createIn(w, "once", 2);
      await w.store.releaseRuns({ ...w.at(), leases: [{ runId: held?.id as string, epoch: 1 }] });
      expect(await w.lease()).toHaveLength(3);
    });

    it("is raised and lowered, and what executes stays", async () => {
      const w = world();
      await put(w, "sized", 1);
      await createIn(w, "sized", 6);
      expect(await w.lease()).toHaveLength(1);
      await put(w, "sized", 4);
      expect(await w.lease()).toHaveLength(3);
      await put(w, "sized", 2);
      expect(await w.lease()).toEqual([]);
      expect((await w.store.countRuns(w.here)).executing).toBe(4);
    });

    it("may be declared several times at once; the last word counts", async () => {
      const w = world();
      const queues = [
        { name: "q", concurrencyLimit: 1 },
        { name: "q", concurrencyLimit: 2 },
      ];
      expect(await w.store.putQueues({ ...w.at(), queues })).toEqual({ queues: 1 });
      await createIn(w, "q", 3);
      expect(await w.lease()).toHaveLength(2);
    });
  });
}
