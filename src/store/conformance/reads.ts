import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../core/run.ts";
import { append, FAILURE, nothing, step, timer, type World } from "./world.ts";

export function reading(world: () => World): void {
  describe("listRuns", () => {
    it("pages through runs, newest first", async () => {
      const w = world();
      const ids: string[] = [];
      for (let i = 0; i < 5; i++) {
        if (i !== 2) w.now += 1;
        ids.unshift(await w.create());
      }
      const page = async (after?: string) =>
        (await w.store.listRuns({ ...w.here, limit: 2, ...(after === undefined ? {} : { after }) })).map(
          ({ id }) => id,
        );
      expect([await page(), await page(ids[1]), await page(ids[3]), await page(ids[4])]).toEqual([
        ids.slice(0, 2),
        ids.slice(2, 4),
        ids.slice(4),
        [],
      ]);
    });

    it("filters by whatever is given", async () => {
      const w = world();
      const plain = await w.create();
      const executing = (await w.execute()).runId;
      w.now += 10;
      const rich = await w.create({
        task: "other",
        queue: "q",
        batchId: "batch_1",
        parentRunId: plain,
        tags: ["a", 'B%_"', ","],
      });
      const find = async (filter: object) =>
        (await w.store.listRuns({ ...w.here, limit: 10, ...filter })).map(({ id }) => id);
      expect(await find({ statuses: ["executing", "waiting"] })).toEqual([executing]);
      expect(await find({ statuses: [] })).toEqual([]);
      expect(await find({ tasks: ["other"] })).toEqual([rich]);
      expect(await find({ queues: ["q", "x"] })).toEqual([rich]);
      expect(await find({ batchId: "batch_1" })).toEqual([rich]);
      expect(await find({ parentRunId: plain })).toEqual([rich]);
      expect(await find({ createdFrom: w.now })).toEqual([rich]);
      expect(await find({ createdTo: w.now - 1, tasks: ["import"] })).toEqual([plain]);
      for (const tag of ["a", 'B%_"', ","]) expect(await find({ tag })).toEqual([rich]);
      for (const tag of ["A", 'b%_"', "B", "", 'a","', 'a",\n "B%_']) expect(await find({ tag })).toEqual([]);
    });

    it("counts every status", async () => {
      const w = world();
      await w.create();
      const run = await w.execute();
      await w.store.failRun({ ...w.at(), ...run, failure: FAILURE });
      expect(await w.store.countRuns(w.here)).toEqual({
        queued: 1,
        executing: 0,
        waiting: 0,
        completed: 0,
        failed: 1,
        canceled: 0,
      });
    });
  });

  describe("the versions of open runs", () => {
    it("are each named once, and not when their runs are final", async () => {
      const w = world();
      expect(await w.store.listOpenVersions(w.here)).toEqual([]);
      await w.create();
      for (const taskVersion of ["v1", "v1", "v2"]) await w.create({ taskVersion });
      const run = await w.execute({ taskVersion: "v3" });
      expect([...(await w.store.listOpenVersions(w.here))].sort()).toEqual(["v1", "v2", "v3"]);
      await w.store.completeRun({ ...w.at(), ...run, append: nothing() });
      expect([...(await w.store.listOpenVersions(w.here))].sort()).toEqual(["v1", "v2"]);
    });
  });

  describe("the journal", () => {
    it("is read journal by journal, and steps of earlier ones by key", async () => {
      const w = world();
      const run = await w.execute();
      const broken = { ...step("b"), outcome: "failed" } as const;
      await w.store.retryRun({
        ...w.at(),
        ...run,
        append: append(1, [step("a"), broken]),
        failure: FAILURE,
        dueAt: w.now,
      });
      const second = await w.leaseAgain(run.runId);
      const kept = { ...step("a"), keptSeq: 1 };
      await w.store.retryRun({
        ...w.at(),
        ...second,
        append: append(3, [kept, { ...step("w"), kind: "wait" }]),
        failure: FAILURE,
        dueAt: w.now,
      });
      const here = { ...w.here, runId: run.runId };
      const page = await w.store.listEntries({ ...here, journal: 2, afterSeq: 0, limit: 10 });
      expect(page.map(({ seq }) => seq)).toEqual([3, 4]);
      expect(await w.store.listEntries({ ...here, journal: 1, afterSeq: 1, limit: 10 })).toHaveLength(1);
      expect(await w.store.findEntry({ ...here, seq: 9 })).toBeUndefined();
      expect(await w.store.listStepKeys({ ...here, beforeJournal: 3 })).toEqual([
        { seq: 3, journal: 2, key: "step:a#1", outcome: "completed", keptSeq: 1 },
        { seq: 1, journal: 1, key: "step:a#1", outcome: "completed" },
        { seq: 2, journal: 1, key: "step:b#1", outcome: "failed" },
      ]);
      expect(await w.store.listStepKeys({ ...here, beforeJournal: 1 })).toEqual([]);
      expect((await w.store.listRunEvents({ ...here, afterSeq: 2, limit: 2 })).map(({ seq }) => seq)).toEqual([3, 4]);
      const lastOf = (...kinds: RunEvent["kind"][]) => w.store.findLastEvent({ ...here, kinds });
      const started = (await w.store.listRunEvents({ ...here, afterSeq: 0, limit: 100 })).findLast(
        ({ kind }) => kind === "run.started",
      );
      expect(await lastOf("run.created", "run.started")).toEqual(started);
      expect(await lastOf("run.parked")).toBeUndefined();
    });
  });

  describe("what the loops ask", () => {
    it("says when there is something to do next", async () => {
      const w = world();
      const next = () => w.store.nextDue(w.at());
      expect(await next()).toEqual({});
      await w.create();
      expect(await next()).toEqual({});
      await w.create({ dueAt: w.now + 20 });
      await w.create({ dueAt: w.now + 10, expiresAt: w.now + 15 });
      const run = await w.execute();
      const waitpoint = timer(w.id("waitpoint"), w.now + 5);
      await w.store.appendEntries({ ...w.at(), ...run, append: { ...nothing(), waitpoints: [waitpoint] } });
      const [runAt, expiryAt, waitpointAt, leaseAt] = [w.now + 10, w.now + 15, w.now + 5, w.now + 30_000];
      expect(await next()).toEqual({ runAt, expiryAt, waitpointAt, leaseAt });
      w.now += 10;
      expect(await next()).toEqual({ runAt: runAt + 10, expiryAt, waitpointAt, leaseAt });
      await w.store.completeDueWaitpoints({ ...w.at(), limit: 1 });
      expect(await next()).toEqual({ runAt: runAt + 10, expiryAt, leaseAt });
    });

    it("lists leases that ran out, and orphans", async () => {
      const w = world();
      const [first, second] = [await w.create({ task: "a" }), await w.create({ task: "b" })];
      await w.lease(1, { tasks: ["a"], workerId: "worker_1" });
      w.now += 10;
      await w.lease(1, { tasks: ["b"], workerId: "worker_2" });
      const expired = async () => (await w.store.listExpiredLeases({ ...w.at(), limit: 10 })).map(({ id }) => id);
      const orphans = async (...workerIds: string[]) =>
        (await w.store.listOrphans({ ...w.here, workerIds, limit: 10 })).map(({ id }) => id);
      w.now += 30_000 - 10;
      expect(await expired()).toEqual([]);
      w.now += 1;
      expect(await expired()).toEqual([first]);
      w.now += 10;
      expect(await expired()).toEqual([first, second]);
      expect(await w.store.listExpiredLeases({ ...w.at(), limit: 1 })).toHaveLength(1);
      expect([await orphans(), await orphans("worker_2"), await orphans("worker_1", "worker_2")]).toEqual([
        [first, second],
        [first],
        [],
      ]);
    });

    it("lists queued runs that expired before they started", async () => {
      const w = world();
      const expired = await w.create({ expiresAt: w.now + 5 });
      const started = await w.execute({ expiresAt: w.now + 5 });
      await w.store.reapRun({ ...w.at(), ...started });
      const list = async () => (await w.store.listExpiredRuns({ ...w.at(), limit: 10 })).map(({ id }) => id);
      expect(await list()).toEqual([]);
      w.now += 5;
      expect(await list()).toEqual([expired]);
    });

    it("lists runs that are to be canceled and that nobody executes", async () => {
      const w = world();
      const [queued, executing, undone, waiting] = [
        await w.create(),
        await w.execute(),
        await w.execute(),
        await w.execute(),
      ];
      await w.store.parkRun({ ...w.at(), ...waiting, append: nothing(), waitingOn: [] });
      for (const runId of [queued, executing.runId, undone.runId, waiting.runId]) {
        w.now += 1;
        await w.store.requestCancel({ ...w.at(), runId });
      }
      await w.store.undoRun({ ...w.at(), ...undone, ending: { status: "canceled" } });
      const listed = await w.store.listCancelRequested({ ...w.here, limit: 10 });
      expect(listed.map(({ id }) => id)).toEqual([queued, waiting.runId]);
    });
  });
}
