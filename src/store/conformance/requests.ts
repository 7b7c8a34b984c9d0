import { describe, expect, it } from "vitest";
import type { NewRun } from "../store.ts";
import { FAILURE, type World } from "./world.ts";

export function recallingRequests(world: () => World): void {
  const ask = (w: World, more: Partial<NewRun> = {}, store = w.store) =>
    store.createRuns({ ...w.at(), runs: [w.newRun({ requestKey: "trigger/a", ...more })] });

  describe("a request with a name", () => {
    it("finds the run that it made when it comes again under another id, also when that run has failed", async () => {
      const w = world();
      const runId = w.id("run");
      await ask(w, { id: runId });
      expect(await ask(w)).toEqual({ created: [{ id: runId, status: "queued", isCached: false }] });
      await w.store.failRun({ ...w.at(), runId, epoch: 0, failure: FAILURE });
      expect(await ask(w)).toEqual({ created: [{ id: runId, status: "failed", isCached: false }] });
      expect((await w.store.countRuns(w.here)).queued).toBe(0);
      expect(await ask(w, { requestKey: "trigger/b" })).not.toMatchObject({ created: [{ id: runId }] });
    });

    it("does not take an idempotency key a second time", async () => {
      const w = world();
      const key = { idempotencyKey: "k", idempotentUntil: w.now + 10 };
      const first = await ask(w, key);
      w.now += 10;
      expect(await ask(w, key)).toEqual(first);
      const cached = await ask(w, { ...key, idempotentUntil: w.now + 10, requestKey: "trigger/c" });
      expect(cached).not.toEqual(first);
    });

    it("makes one run when it comes to several nodes at once", async () => {
      const w = world();
      const asked = Array.from({ length: 10 }, (_, i) => ask(w, {}, w.nodes[i % w.nodes.length]));
      const ids = (await Promise.all(asked)).map((answer) => "created" in answer && answer.created[0]?.id);
      expect(new Set(ids).size).toBe(1);
      expect((await w.store.countRuns(w.here)).queued).toBe(1);
    });
  });
}
