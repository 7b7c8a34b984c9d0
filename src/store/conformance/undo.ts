import { describe, expect, it } from "vitest";
import { append, FAILURE, intent, nothing, step, story, undo, type World } from "./world.ts";

export function undoing(world: () => World): void {
  describe("undoRun", () => {
    it("has the run take back what it did, with its ending kept", async () => {
      const w = world();
      const run = await w.execute();
      w.now += 10;
      const ending = { status: "failed", failure: FAILURE } as const;
      const call = { ...w.at(), ...run, append: append(1, [intent("a"), step("a")]), ending };
      expect(await w.store.undoRun(call)).toEqual({ status: "queued" });
      const row = await w.get(run.runId);
      expect(row).toMatchObject({
        status: "queued",
        phase: "undoing",
        ending,
        undosOwed: 1,
        dueAt: w.now,
        activeMs: 0,
        journal: 1,
        attempt: 1,
        entrySeq: 2,
      });
      expect((await w.events(run.runId)).at(-1)).toMatchObject({
        kind: "run.undoing",
        details: JSON.stringify({ ending }),
      });
      const again = await w.leaseAgain(run.runId);
      await w.store.failRun({ ...w.at(), ...again, failure: FAILURE, append: append(3, [undo(1)]) });
      expect(await w.get(run.runId)).toMatchObject({ status: "failed", phase: "undoing", undosOwed: 0 });
    });

    it("ends a run that could not undo everything", async () => {
      const w = world();
      const run = await w.execute();
      await w.store.undoRun({ ...w.at(), ...run, append: append(1, [intent("a")]), ending: { status: "canceled" } });
      expect(await w.store.cancelRun({ ...w.at(), ...(await w.leaseAgain(run.runId)) })).toEqual({ woken: [] });
      expect(await w.get(run.runId)).toMatchObject({ status: "canceled", undosOwed: 1 });
    });

    it("is not cut short by an end that was decided before it began", async () => {
      const w = world();
      const run = await w.execute();
      await w.store.appendEntries({ ...w.at(), ...run, append: append(1, [intent("a")]) });
      await w.store.reapRun({ ...w.at(), ...run });
      await w.store.undoRun({ ...w.at(), ...run, ending: { status: "canceled" } });
      const before = await story(w, run.runId);
      expect(await w.store.cancelRun({ ...w.at(), ...run })).toEqual({ refused: "lease-lost" });
      expect(await w.store.failRun({ ...w.at(), ...run, failure: FAILURE })).toEqual({ refused: "lease-lost" });
      expect(await story(w, run.runId)).toEqual(before);
    });

    it("keeps the first ending", async () => {
      const w = world();
      const run = await w.execute();
      await w.store.undoRun({ ...w.at(), ...run, ending: { status: "failed", failure: FAILURE } });
      const again = await w.leaseAgain(run.runId);
      const before = await story(w, run.runId);
      expect(await w.store.undoRun({ ...w.at(), ...again, ending: { status: "canceled" } })).toEqual({
        status: "executing",
      });
      expect(await w.store.undoRun({ ...w.at(), ...again, epoch: 7, ending: { status: "canceled" } })).toEqual({
        refused: "lease-lost",
      });
      expect(await story(w, run.runId)).toEqual(before);
    });

    it("takes a run out of a hold, and refuses a final one", async () => {
      const w = world();
      const held = await w.execute();
      const waitpoint = { id: w.id("waitpoint"), entryKey: "hold#1", kind: "hold" } as const;
      await w.store.holdRun({ ...w.at(), ...held, waitpoint, details: "" });
      await w.store.undoRun({ ...w.at(), ...held, ending: { status: "canceled" } });
      expect((await story(w, held.runId)).waitpoints[0]).toMatchObject([{ status: "completed" }]);
      const again = await w.leaseAgain(held.runId);
      await w.store.parkRun({ ...w.at(), ...again, append: nothing(), waitingOn: [] });
      expect(await w.store.wakeRun({ ...w.at(), ...again })).toEqual({ status: "queued" });
      const last = await w.leaseAgain(held.runId);
      await w.store.cancelRun({ ...w.at(), ...last });
      expect(await w.store.undoRun({ ...w.at(), ...last, ending: { status: "canceled" } })).toEqual({
        refused: "already-final",
      });
    });
  });
}
