import { describe, expect, it } from "vitest";
import { append, children, FAILURE, nothing, step, story, type World } from "./world.ts";

export function creatingChildren(world: () => World): void {
  describe("createRuns on behalf of a run", () => {
    it("writes the append, the waitpoint and the runs together", async () => {
      const w = world();
      const parent = await w.execute();
      const runs = [w.newRun({ parentRunId: parent.runId }), w.newRun({ parentRunId: parent.runId })];
      const waitpoint = children(w.id("waitpoint"));
      const answer = await w.store.createRuns({
        ...w.at(),
        runs,
        parent: { ...parent, append: append(1, [step("a")]), waitpoint },
      });
      const pending = {
        ...waitpoint,
        runId: parent.runId,
        journal: 1,
        status: "pending",
        remaining: 2,
        createdAt: w.now,
      };
      expect(answer).toEqual({
        created: runs.map(({ id }) => ({ id, status: "queued", isCached: false })),
        waitpoint: pending,
      });
      const { run, entries, waitpoints } = await story(w, parent.runId);
      expect(run?.entrySeq).toBe(1);
      expect(entries[0]?.map(({ key }) => key)).toEqual(["step:a#1"]);
      expect(waitpoints).toEqual([[pending]]);
      const listed = await w.store.listChildren({ ...w.here, waitpointId: waitpoint.id });
      expect(listed).toEqual(runs.map(({ id, task }) => ({ id, task, status: "queued" })));
    });

    it("is refused, whole, without the lease", async () => {
      const w = world();
      const { runId, epoch } = await w.execute();
      const run = w.newRun();
      const before = await story(w, runId);
      const parent = {
        runId,
        epoch: epoch + 1,
        append: append(1, [step("a")]),
        waitpoint: children(w.id("waitpoint")),
      };
      expect(await w.store.createRuns({ ...w.at(), runs: [run], parent })).toEqual({ refused: "lease-lost" });
      const misfit = { ...parent, epoch, append: append(3, [step("a")]) };
      expect(await w.store.createRuns({ ...w.at(), runs: [run], parent: misfit })).toEqual({ refused: "lease-lost" });
      const gone = { ...parent, epoch };
      expect(await w.store.createRuns({ ...w.at(), runs: [{ ...run, payloadOf: "run_gone" }], parent: gone })).toEqual({
        refused: "not-found",
      });
      expect(await story(w, runId)).toEqual(before);
      expect(await w.store.findRun({ ...w.here, runId: run.id })).toBeUndefined();
    });

    it("counts a child that is final already as done", async () => {
      const w = world();
      const done = await w.execute({ idempotencyKey: "done" });
      await w.store.completeRun({ ...w.at(), ...done, append: nothing(), output: "{1}" });
      const { task } = await w.get(done.runId);
      const cached = () => w.newRun({ task, idempotencyKey: "done" });
      const parent = await w.execute();
      const mixed = { ...parent, append: nothing(), waitpoint: children(w.id("waitpoint")) };
      const some = await w.store.createRuns({ ...w.at(), runs: [cached(), w.newRun()], parent: mixed });
      expect(some).toMatchObject({
        waitpoint: { status: "pending", remaining: 1 },
        created: [{ id: done.runId, status: "completed", isCached: true }, { isCached: false }],
      });
      const finished = { ...parent, append: nothing(), waitpoint: children(w.id("waitpoint")) };
      const all = await w.store.createRuns({ ...w.at(), runs: [cached()], parent: finished });
      expect(all).toMatchObject({ waitpoint: { status: "completed", remaining: 0, completedAt: w.now } });
      const park = await w.store.parkRun({
        ...w.at(),
        ...parent,
        append: nothing(),
        waitingOn: [finished.waitpoint.id],
      });
      expect(park).toEqual({ refused: "already-ready" });
    });

    it("finds the children of an earlier process of the attempt, and makes no others", async () => {
      const w = world();
      const parent = await w.execute();
      const { task } = await w.get(parent.runId);
      const waitpoint = children(w.id("waitpoint"));
      const first = await w.store.createRuns({
        ...w.at(),
        runs: [w.newRun()],
        parent: { ...parent, append: nothing(), waitpoint },
      });
      await w.store.reapRun({ ...w.at(), ...parent });
      const again = await w.leaseAgain(parent.runId);
      const other = { ...waitpoint, id: w.id("waitpoint") };
      const asked = w.newRun({ task });
      const second = await w.store.createRuns({
        ...w.at(),
        runs: [asked],
        parent: { ...again, append: append(1, [step("late")]), waitpoint: other },
      });
      expect(second).toEqual(first);
      expect(await w.store.findRun({ ...w.here, runId: asked.id })).toBeUndefined();
      expect((await w.get(parent.runId)).entrySeq).toBe(1);
    });

    it("leaves a child that occurs twice to count twice", async () => {
      const w = world();
      const parent = await w.execute();
      const runs = [w.newRun({ idempotencyKey: "k", task: "child" }), w.newRun({ idempotencyKey: "k", task: "child" })];
      const waitpoint = children(w.id("waitpoint"));
      const made = await w.store.createRuns({ ...w.at(), runs, parent: { ...parent, append: nothing(), waitpoint } });
      expect(made).toMatchObject({ waitpoint: { remaining: 2 } });
      const [child] = await w.lease(1, { tasks: ["child"] });
      const end = await w.store.failRun({ ...w.at(), runId: child?.id as string, epoch: 1, failure: FAILURE });
      expect(end).toEqual({ woken: [{ runId: parent.runId, waitpointId: waitpoint.id, status: "executing" }] });
      expect((await w.store.listWaitpoints({ ...w.here, runId: parent.runId, journal: 1 }))[0]).toMatchObject({
        status: "completed",
        remaining: 0,
      });
    });

    it("names triggered runs in an entry behind the append", async () => {
      const w = world();
      const parent = await w.execute();
      const cached = await w.create({ idempotencyKey: "k", task: "child" });
      const runs = [w.newRun({ task: "child" }), w.newRun({ idempotencyKey: "k", task: "child" })];
      const call = {
        ...w.at(),
        runs,
        parent: { ...parent, append: append(1, [step("a")]), triggerKey: "trigger:child/x#1" },
      };
      const answer = await w.store.createRuns(call);
      expect(answer).toEqual({
        created: [
          { id: runs[0]?.id, status: "queued", isCached: false },
          { id: cached, status: "queued", isCached: true },
        ],
      });
      const entry = await w.store.findEntry({ ...w.here, runId: parent.runId, seq: 2 });
      expect(entry).toMatchObject({
        kind: "trigger",
        key: "trigger:child/x#1",
        outcome: "completed",
        journal: 1,
        epoch: 1,
      });
      expect(JSON.parse(entry?.result ?? "")).toEqual([
        { id: runs[0]?.id, task: "child", isCached: false },
        { id: cached, task: "child", isCached: true },
      ]);
      const before = await story(w, parent.runId);
      expect(await w.store.createRuns(call)).toEqual(answer);
      await w.store.reapRun({ ...w.at(), ...parent });
      expect(await w.store.createRuns(call)).toEqual(answer);
      expect((await story(w, parent.runId)).entries).toEqual(before.entries);
    });
  });
}
