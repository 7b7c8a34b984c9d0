import { describe, expect, it } from "vitest";
import { intent, keyOf, openWorld, steps } from "../../test/engine/world.ts";
import type { Failure } from "../core/failure.ts";

const failure: Failure = { kind: "error", name: "Error", message: "no" };

describe("an attempt that ended", () => {
  it("completes its run", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    expect(
      await world.finish({ ...keyOf(run), append: steps(run, "step:a#1") }, { kind: "returned", output: "42" }),
    ).toBe("completed");
    expect(await world.find(id)).toMatchObject({ status: "completed", output: "42", entrySeq: 1 });
    expect(await world.story(id)).toEqual(["run.created", "run.started", "run.completed"]);
  });

  it("is followed by another until there have been enough", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    expect(await world.finish(keyOf(await world.leaseOne()), { kind: "threw", failure })).toBe("retrying");
    expect(await world.find(id)).toMatchObject({
      status: "queued",
      attempt: 2,
      failure,
      dueAt: world.env.now() + 1_000,
    });
    expect(await world.lease()).toEqual([]);
    await world.env.advance(1_000);
    expect(await world.finish(keyOf(await world.leaseOne()), { kind: "threw", failure })).toBe("failed");
    expect(await world.find(id)).toMatchObject({ status: "failed", attempt: 2, failure });
  });

  it("is resumed before the effect that it failed at, where the task wants that", async () => {
    for (const resume of [true, false]) {
      const queue = { name: "task/job", concurrencyLimit: null };
      const world = await openWorld({ tasks: [{ id: "job", queue, retry: { resume } }] });
      const id = await world.trigger();
      const run = await world.leaseOne();
      const outcome = { kind: "threw", failure, resumeBefore: "step:b#1" } as const;
      const append = steps(run, "step:a#1", "step:b#1");
      expect(await world.finish({ ...keyOf(run), append }, outcome)).toBe("retrying");
      expect(await world.find(id)).toMatchObject({ attempt: 2, journal: resume ? 1 : 2 });
      const entries = await world.engine.readEntries({ runId: id, journal: 1, afterSeq: 0 });
      expect(entries.map(({ key }) => key)).toEqual(resume ? ["step:a#1"] : ["step:a#1", "step:b#1"]);
    }
  });

  it("is decided about once, however often it is reported", async () => {
    const world = await openWorld();
    await world.trigger();
    const first = keyOf(await world.leaseOne());
    const reports = [
      await world.finish(first, { kind: "threw", failure }),
      await world.finish(first, { kind: "threw", failure }),
    ];
    expect(reports).toEqual(["retrying", "retrying"]);
    await world.env.advance(1_000);
    const second = keyOf(await world.leaseOne());
    expect(await world.finish(first, { kind: "threw", failure })).toBe("lost");
    expect(await world.finish(second, { kind: "returned" })).toBe("completed");
    expect(await world.finish(second, { kind: "returned" })).toBe("completed");
  });

  it("is lost for a run that is gone", async () => {
    const world = await openWorld();
    const append = { firstSeq: 1, entries: [], waitpoints: [] };
    expect(await world.finish({ runId: "run_0", epoch: 1, append }, { kind: "returned" })).toBe("lost");
  });
});

describe("a run whose code no longer fits its journal", () => {
  it("is held for a person, who has it restarted", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    expect(await world.finish(keyOf(run), { kind: "diverged", diff: "d", onDivergence: "hold" })).toBe("held");
    expect((await world.find(id)).status).toBe("waiting");
    expect(await world.finish(keyOf(run), { kind: "diverged", diff: "d", onDivergence: "hold" })).toBe("held");
    await world.env.runUntil(world.engine.restartRun({ runId: id }));
    expect(await world.leaseOne()).toMatchObject({ id, attempt: 1, journal: 2 });
    expect(await world.story(id)).toContain("run.restarted");
  });

  it("answers a restart that is asked for again with its success, whatever has become of the run", async () => {
    const world = await openWorld();
    const runId = await world.trigger();
    const outcome = { kind: "diverged", diff: "d", onDivergence: "hold" } as const;
    const restart = (requestKey: string) => world.env.runUntil(world.engine.restartRun({ runId, requestKey }));
    await world.finish(keyOf(await world.leaseOne()), outcome);
    await restart("one");
    await restart("one");
    const again = await world.leaseOne();
    await restart("one");
    await expect(restart("two")).rejects.toMatchObject({ code: "RUN_NOT_HELD" });
    await world.finish(keyOf(again), outcome);
    await restart("one");
    expect((await world.find(runId)).status).toBe("waiting");
    await restart("two");
    await world.finish(keyOf(await world.leaseOne()), { kind: "returned" });
    await restart("two");
    await expect(restart("three")).rejects.toMatchObject({ code: "RUN_FINAL" });
  });

  it("is restarted at once where its task says so", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const outcome = { kind: "diverged", diff: "d", onDivergence: "restart" } as const;
    expect(await world.finish(keyOf(await world.leaseOne()), outcome)).toBe("restarted");
    expect(await world.leaseOne()).toMatchObject({ id, attempt: 1, journal: 2 });
  });

  it("fails where its task says so", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    expect(
      await world.finish(keyOf(await world.leaseOne()), { kind: "diverged", diff: "d", onDivergence: "fail" }),
    ).toBe("failed");
    expect((await world.find(id)).failure).toMatchObject({ kind: "diverged", code: "JOURNAL_DIVERGED" });
  });

  it("is the only one that is restarted from outside", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    await expect(world.engine.restartRun({ runId: id })).rejects.toMatchObject({ code: "RUN_NOT_HELD" });
    const run = await world.leaseOne();
    await expect(world.engine.restartRun({ runId: id })).rejects.toMatchObject({ code: "RUN_NOT_HELD" });
    const waitpoints = [
      { id: "waitpoint_1", entryKey: "wait:for/1h#1", kind: "time" as const, dueAt: world.env.now() + 3_600_000 },
    ];
    await world.engine.parkRun({ ...keyOf(run), append: { ...steps(run), waitpoints }, waitingOn: ["waitpoint_1"] });
    await expect(world.engine.restartRun({ runId: id })).rejects.toMatchObject({ code: "RUN_NOT_HELD" });
    await world.env.advance(3_600_000);
    await world.finish(keyOf(await world.leaseOne()), { kind: "returned" });
    await expect(world.engine.restartRun({ runId: id })).rejects.toMatchObject({ code: "RUN_FINAL" });
    await expect(world.engine.restartRun({ runId: "run_0" })).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });
});

describe("a run that owes undos", () => {
  it.each([
    ["failed", { kind: "threw", failure: { ...failure, steer: { kind: "abort" } } }],
    ["canceled", { kind: "canceled" }],
  ] as const)("takes back what it did before it is %s", async (status, outcome) => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    expect(await world.finish({ ...keyOf(run), append: intent(run, "step:charge#1") }, outcome)).toBe("undoing");
    expect(await world.find(id)).toMatchObject({ status: "queued", phase: "undoing", undosOwed: 1 });
    const undoing = await world.leaseOne();
    const done = {
      firstSeq: 2,
      entries: [{ kind: "undo" as const, key: "undo:1", outcome: "completed" as const }],
      waitpoints: [],
    };
    expect(await world.engine.recordEntries({ ...keyOf(undoing), append: done })).toEqual({ state: "recorded" });
    expect(await world.finish(keyOf(undoing), { kind: "undone", missing: [] })).toBe(status);
    expect(await world.find(id)).toMatchObject({ status, undosOwed: 0 });
  });

  it("says what it could not take back, and why it had to", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    const aborted: Failure = { ...failure, steer: { kind: "abort" } };
    await world.finish({ ...keyOf(run), append: intent(run, "step:charge#1") }, { kind: "threw", failure: aborted });
    expect(await world.finish(keyOf(await world.leaseOne()), { kind: "undone", missing: ["charge (gone)"] })).toBe(
      "failed",
    );
    expect((await world.find(id)).failure).toMatchObject({ code: "UNDO_INCOMPLETE", cause: aborted });
  });

  it("names the steps itself when its worker could not even try", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    await world.finish({ ...keyOf(run), append: intent(run, "step:charge#1") }, { kind: "canceled" });
    expect(await world.finish(keyOf(await world.leaseOne()), { kind: "threw", failure })).toBe("canceled");
    expect((await world.find(id)).failure?.message).toContain("step:charge#1");
  });

  it("names a step whose undo had failed before the worker was gone", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    await world.finish({ ...keyOf(run), append: intent(run, "step:charge#1") }, { kind: "canceled" });
    const undoing = await world.leaseOne();
    const entries = [{ kind: "undo" as const, key: "undo:1", outcome: "failed" as const }];
    await world.engine.recordEntries({ ...keyOf(undoing), append: { firstSeq: 2, entries, waitpoints: [] } });
    const append = { firstSeq: 3, entries: [], waitpoints: [] };
    expect(await world.finish({ ...keyOf(undoing), append }, { kind: "threw", failure })).toBe("canceled");
    expect((await world.find(id)).failure?.message).toContain("step:charge#1");
  });
});
