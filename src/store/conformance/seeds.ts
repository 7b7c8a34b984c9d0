import { describe, expect, it } from "vitest";
import type { Store } from "../store.ts";
import { createWorld, FAILURE, LEASE_MS, nothing, TASK, type World } from "./world.ts";

export function seeding(world: () => World): void {
  describe("the seed that a lease carries", () => {
    it("is each run's own, the same with every lease and on every node, and shows it nowhere else", async () => {
      const w = world();
      const [first, second] = [await w.create(), await w.create()];
      const elsewhere = createWorld(w.nodes);
      await elsewhere.create({ id: first });
      const [namesake] = await elsewhere.lease();
      const leased = await w.lease(2, { leaseId: "lease" });
      const seeds = leased.map(({ seed }) => seed);
      for (const seed of seeds) expect(seed).toMatch(/^[\w-]{43}$/);
      expect(new Set([...seeds, namesake?.seed]).size).toBe(3);
      expect((await w.lease(2, { leaseId: "lease" })).map(({ seed }) => seed)).toEqual(seeds);
      const lease = { runId: first, epoch: 1 };
      await w.store.retryRun({ ...w.at(), ...lease, append: nothing(), failure: FAILURE, dueAt: w.now });
      const call = { ...w.at(), workerId: "worker_2", leaseId: w.id("lease"), tasks: [TASK], limit: 1, leaseMs: 1 };
      const [again] = await (w.nodes.at(-1) as Store).leaseRuns(call);
      expect(again).toMatchObject({ id: first, epoch: 2, seed: seeds[0] });
      const shown = [await w.get(first), await w.get(second), await w.store.listRuns({ ...w.here, limit: 10 })];
      expect(JSON.stringify(shown)).not.toContain("seed");
      const [same] = await w.store.listExpiredLeases({ ...w.here, now: w.now + LEASE_MS + 1, limit: 1 });
      expect(same).not.toHaveProperty("seed");
    });
  });
}
