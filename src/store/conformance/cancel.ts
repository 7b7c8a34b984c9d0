import { describe, expect, it } from "vitest";
import { append, intent, nothing, story, type World } from "./world.ts";

export function canceling(world: () => World): void {
  describe("requestCancel", () => {
    it("notes the wish once, whatever the run does", async () => {
      const w = world();
      const [queued, executing] = [await w.create(), (await w.execute()).runId];
      for (const runId of [queued, executing]) {
        const asked = await w.store.requestCancel({ ...w.at(), runId });
        const row = await w.get(runId);
        expect(asked).toEqual({ run: row });
        expect(row.cancelRequestedAt).toBe(w.now);
        w.now += 10;
        expect(await w.store.requestCancel({ ...w.at(), runId })).toEqual({ run: row });
        expect((await w.events(runId)).at(-1)).toMatchObject({ kind: "run.cancel-requested", at: w.now - 10 });
      }
    });

    it("is refused by a final run, but not by the one that it ended", async () => {
      const w = world();
      const [completed, canceled, ended] = [await w.execute(), await w.execute(), await w.execute()];
      await w.store.requestCancel({ ...w.at(), runId: completed.runId });
      await w.store.completeRun({ ...w.at(), ...completed, append: nothing() });
      expect(await w.store.requestCancel({ ...w.at(), runId: completed.runId })).toEqual({ refused: "already-final" });
      await w.store.requestCancel({ ...w.at(), runId: canceled.runId });
      await w.store.cancelRun({ ...w.at(), ...canceled });
      expect(await w.store.requestCancel({ ...w.at(), runId: canceled.runId })).toMatchObject({
        run: { status: "canceled" },
      });
      await w.store.cancelRun({ ...w.at(), ...ended });
      expect(await w.store.requestCancel({ ...w.at(), runId: ended.runId })).toEqual({ refused: "already-final" });
    });
  });

  describe("cancelRun", () => {
    async function family(w: World) {
      const parent = await w.execute();
      const runs = [
        w.newRun({ parentRunId: parent.runId, task: "child" }),
        w.newRun({ parentRunId: parent.runId, task: "late" }),
      ];
      await w.store.createRuns({ ...w.at(), runs, parent: { ...parent, append: nothing() } });
      const [done] = await w.lease(1, { tasks: ["child"] });
      await w.store.completeRun({ ...w.at(), runId: done?.id as string, epoch: 1, append: nothing() });
      const open = runs[1]?.id as string;
      const grandchild = await w.create({ parentRunId: open });
      return { parent, done: done?.id as string, open, grandchild };
    }

    it("asks for the end of its open children", async () => {
      const w = world();
      const { parent, done, open, grandchild } = await family(w);
      await w.store.cancelRun({ ...w.at(), ...parent });
      expect(await w.get(parent.runId)).toMatchObject({ status: "canceled", finishedAt: w.now });
      expect((await w.get(open)).cancelRequestedAt).toBe(w.now);
      expect(await w.kinds(open)).toEqual(["run.created", "run.cancel-requested"]);
      expect((await w.get(done)).cancelRequestedAt).toBeUndefined();
      expect((await w.get(grandchild)).cancelRequestedAt).toBeUndefined();
      expect((await w.store.listCancelRequested({ ...w.here, limit: 10 })).map(({ id }) => id)).toEqual([open]);
      await w.store.cancelRun({ ...w.at(), runId: open, epoch: 0 });
      expect((await w.get(grandchild)).cancelRequestedAt).toBe(w.now);
    });

    it("leaves the children of a run alone that it cannot end", async () => {
      const w = world();
      const { parent, open } = await family(w);
      const before = await story(w, open);
      await w.store.cancelRun({ ...w.at(), ...parent, epoch: 9 });
      expect(await story(w, open)).toEqual(before);
      await w.store.appendEntries({ ...w.at(), ...parent, append: append(1, [intent("a")]) });
      expect(await w.store.cancelRun({ ...w.at(), ...parent })).toEqual({ refused: "undos-owed" });
      expect(await story(w, open)).toEqual(before);
      await w.store.undoRun({ ...w.at(), ...parent, ending: { status: "canceled" } });
      expect((await w.get(open)).cancelRequestedAt).toBe(w.now);
    });
  });
}
