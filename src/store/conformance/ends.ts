import { describe, expect, it } from "vitest";
import { append, FAILURE, intent, nothing, step, story, undo, type World } from "./world.ts";

export function ending(world: () => World): void {
  describe("completeRun", () => {
    it("keeps the output and lets the lease go", async () => {
      const w = world();
      const run = await w.execute();
      w.now += 25;
      expect(await w.store.completeRun({ ...w.at(), ...run, append: append(1, [step("a")]), output: "{1}" })).toEqual({
        woken: [],
      });
      const row = await w.get(run.runId);
      expect(row).toMatchObject({ status: "completed", output: "{1}", finishedAt: w.now, activeMs: 25, entrySeq: 1 });
      for (const field of ["leaseId", "leaseUntil", "workerId", "failure"]) expect(row).not.toHaveProperty(field);
      expect((await w.events(run.runId)).at(-1)).toEqual({
        runId: run.runId,
        seq: 3,
        kind: "run.completed",
        at: w.now,
        epoch: 1,
        attempt: 1,
        workerId: "worker_1",
      });
    });

    it("forgets the failure of an earlier attempt", async () => {
      const w = world();
      const run = await w.execute();
      await w.store.retryRun({ ...w.at(), ...run, append: nothing(), failure: FAILURE, dueAt: w.now });
      await w.store.completeRun({ ...w.at(), ...(await w.leaseAgain(run.runId)), append: nothing() });
      expect(await w.get(run.runId)).not.toHaveProperty("failure");
    });
  });

  describe("retryRun", () => {
    it("opens the next attempt and the next journal", async () => {
      const w = world();
      const run = await w.execute({ priorityMs: 100, metadata: "{0}" });
      w.now += 40;
      const call = {
        ...w.at(),
        ...run,
        append: append(1, [step("a")], { metadata: "{1}" }),
        failure: FAILURE,
        dueAt: w.now + 5_000,
      };
      expect(await w.store.retryRun(call)).toEqual({ attempt: 2 });
      const row = await w.get(run.runId);
      expect(row).toMatchObject({
        status: "queued",
        attempt: 2,
        journal: 2,
        activeMs: 0,
        barrenLeases: 0,
        failure: FAILURE,
        dueAt: w.now + 5_000,
        orderAt: w.now + 4_900,
        metadata: "{1}",
        metadataBase: "{1}",
        entrySeq: 1,
        epoch: 1,
      });
      const details = JSON.stringify({ failure: FAILURE, dueAt: w.now + 5_000 });
      expect((await w.events(run.runId)).at(-1)).toMatchObject({
        kind: "run.retrying",
        attempt: 1,
        epoch: 1,
        workerId: "worker_1",
        details,
      });
      expect(await w.lease()).toEqual([]);
      w.now += 5_000;
      await w.leaseAgain(run.runId);
    });
  });

  describe("failRun", () => {
    it("ends a run from any open status, as long as nobody took it since", async () => {
      const w = world();
      const queued = { runId: await w.create(), epoch: 0 };
      const executing = await w.execute();
      const waiting = await w.execute();
      await w.store.parkRun({ ...w.at(), ...waiting, append: nothing(), waitingOn: [] });
      for (const run of [queued, executing, waiting]) {
        expect(await w.store.failRun({ ...w.at(), ...run, epoch: 7, failure: FAILURE })).toEqual({
          refused: "lease-lost",
        });
        expect(await w.store.failRun({ ...w.at(), ...run, failure: FAILURE })).toEqual({ woken: [] });
        const row = await w.get(run.runId);
        expect(row).toMatchObject({ status: "failed", failure: FAILURE, finishedAt: w.now });
        expect(row).not.toHaveProperty("leaseUntil");
        expect((await w.events(run.runId)).at(-1)).toMatchObject({
          kind: "run.failed",
          details: JSON.stringify({ failure: FAILURE }),
        });
        expect(await w.store.cancelRun({ ...w.at(), ...run })).toEqual({ refused: "already-final" });
      }
    });

    it("takes an append from the worker that has the run, and from nobody else", async () => {
      const w = world();
      const run = await w.execute();
      await w.store.failRun({ ...w.at(), ...run, failure: FAILURE, append: append(1, [step("a")]) });
      expect((await w.get(run.runId)).entrySeq).toBe(1);
      const parked = await w.execute();
      await w.store.parkRun({ ...w.at(), ...parked, append: nothing(), waitingOn: [] });
      const late = await w.store.failRun({ ...w.at(), ...parked, failure: FAILURE, append: nothing() });
      expect(late).toEqual({ refused: "lease-lost" });
    });

    it("is refused while undos are owed, those of its own append included", async () => {
      const w = world();
      const run = await w.execute();
      const before = await story(w, run.runId);
      const call = { ...w.at(), ...run, failure: FAILURE };
      expect(await w.store.failRun({ ...call, append: append(1, [intent("a")]) })).toEqual({ refused: "undos-owed" });
      expect(await w.store.cancelRun({ ...w.at(), ...run, append: append(1, [intent("a")]) })).toEqual({
        refused: "undos-owed",
      });
      expect(await story(w, run.runId)).toEqual(before);
      await w.store.appendEntries({ ...w.at(), ...run, append: append(1, [intent("a")]) });
      expect(await w.store.failRun(call)).toEqual({ refused: "undos-owed" });
      expect(await w.store.failRun({ ...call, append: append(2, [undo(1)]) })).toEqual({ woken: [] });
    });
  });

  describe("a run that is not there", () => {
    it("has nothing to lose", async () => {
      const w = world();
      const gone = { ...w.at(), runId: "run_gone", epoch: 1 };
      const lost = { refused: "lease-lost" };
      const waitpoint = { id: "waitpoint_x", entryKey: "hold#1", kind: "hold" } as const;
      expect(await w.store.appendEntries({ ...gone, append: append(1, [step("a")]) })).toEqual(lost);
      expect(await w.store.parkRun({ ...gone, append: nothing(), waitingOn: [] })).toEqual(lost);
      expect(await w.store.holdRun({ ...gone, waitpoint, details: "" })).toEqual(lost);
      expect(await w.store.completeRun({ ...gone, append: nothing() })).toEqual(lost);
      expect(await w.store.retryRun({ ...gone, append: nothing(), failure: FAILURE, dueAt: 0 })).toEqual(lost);
      expect(await w.store.failRun({ ...gone, failure: FAILURE })).toEqual(lost);
      expect(await w.store.cancelRun(gone)).toEqual(lost);
      expect(await w.store.undoRun({ ...gone, ending: { status: "canceled" } })).toEqual(lost);
      expect(await w.store.restartRun(gone)).toEqual(lost);
      expect(await w.store.reapRun(gone)).toEqual(lost);
      expect(await w.store.wakeRun(gone)).toEqual(lost);
      expect(await w.store.requestCancel(gone)).toEqual({ refused: "not-found" });
      expect(await w.store.releaseRuns({ ...w.at(), leases: [gone] })).toEqual({ released: 0 });
    });
  });
}
