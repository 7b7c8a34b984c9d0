import { describe, expect, it } from "vitest";
import { FAILURE, nothing, story, type World } from "./world.ts";

export function creating(world: () => World): void {
  describe("createRuns", () => {
    it("keeps what it was given, and answers with the runs in their order", async () => {
      const w = world();
      const run = w.newRun({
        payload: '{"json":1}',
        metadata: '{"a":1}',
        tags: ["b", "a"],
        maxDurationMs: 5_000,
        priorityMs: 2_000,
        dueAt: w.now + 1_000,
        expiresAt: w.now + 9_000,
        idempotencyKey: "key",
        parentRunId: "run_parent",
        rootRunId: "run_root",
        replayOfRunId: "run_before",
        batchId: "batch_1",
        depth: 2,
        onDivergence: "hold",
        taskVersion: "v1",
      });
      const other = w.newRun();
      const answer = await w.store.createRuns({ ...w.at(), runs: [run, other] });
      expect(answer).toEqual({
        created: [run.id, other.id].map((id) => ({ id, status: "queued", isCached: false })),
      });
      expect(await w.get(run.id)).toEqual({
        ...run,
        environmentId: w.environmentId,
        status: "queued",
        phase: "running",
        metadataBase: '{"a":1}',
        epoch: 0,
        attempt: 1,
        activeMs: 0,
        orderAt: w.now - 1_000,
        journal: 1,
        entrySeq: 0,
        journalBytes: 0,
        undosOwed: 0,
        barrenLeases: 0,
        eventSeq: 1,
        createdAt: w.now,
      });
      expect(await w.events(run.id)).toEqual([
        { runId: run.id, seq: 1, kind: "run.created", at: w.now, epoch: 0, attempt: 1 },
      ]);
      expect((await w.get(other.id)).rootRunId).toBe(other.id);
    });

    it("accepts a thousand at once", async () => {
      const w = world();
      const runs = Array.from({ length: 1_000 }, () => w.newRun());
      await w.store.createRuns({ ...w.at(), runs });
      expect((await w.store.countRuns(w.here)).queued).toBe(1_000);
      expect(await w.kinds(runs[999]?.id as string)).toEqual(["run.created"]);
    });

    it("answers a repeat with the runs as they are", async () => {
      const w = world();
      const { runId } = await w.execute();
      const before = await story(w, runId);
      const answer = await w.store.createRuns({ ...w.at(), runs: [w.newRun({ id: runId, payload: "{2}" })] });
      expect(answer).toEqual({ created: [{ id: runId, status: "executing", isCached: false }] });
      expect(await story(w, runId)).toEqual(before);
    });

    it("copies the payload of another run, and is refused when that one is gone", async () => {
      const w = world();
      const source = await w.create({ payload: "{1}" });
      const empty = await w.create();
      expect((await w.get(await w.create({ payloadOf: source }))).payload).toBe("{1}");
      expect((await w.get(await w.create({ payloadOf: empty }))).payload).toBeUndefined();
      const [kept, lost] = [w.newRun(), w.newRun({ payloadOf: "run_gone" })];
      expect(await w.store.createRuns({ ...w.at(), runs: [kept, lost] })).toEqual({ refused: "not-found" });
      expect(await w.store.findRun({ ...w.here, runId: kept.id })).toBeUndefined();
    });
  });

  describe("an idempotency key", () => {
    const keyed = { idempotencyKey: "key" };

    it("leads to the first run of its task, within one call too", async () => {
      const w = world();
      const [first, second, other] = [w.newRun(keyed), w.newRun(keyed), w.newRun({ ...keyed, task: "another" })];
      expect(await w.store.createRuns({ ...w.at(), runs: [first, second, other] })).toEqual({
        created: [
          { id: first.id, status: "queued", isCached: false },
          { id: first.id, status: "queued", isCached: true },
          { id: other.id, status: "queued", isCached: false },
        ],
      });
      expect(await w.store.findRun({ ...w.here, runId: second.id })).toBeUndefined();
      expect(await w.store.createRuns({ ...w.at(), runs: [w.newRun(keyed)] })).toEqual({
        created: [{ id: first.id, status: "queued", isCached: true }],
      });
    });

    it("may be longer than a database indexes", async () => {
      const w = world();
      const long = { idempotencyKey: "ключ".repeat(500) };
      const first = await w.create(long);
      expect((await w.get(first)).idempotencyKey).toBe(long.idempotencyKey);
      const answer = await w.store.createRuns({ ...w.at(), runs: [w.newRun(long)] });
      expect(answer).toEqual({ created: [{ id: first, status: "queued", isCached: true }] });
    });

    it("moves on when its time has come", async () => {
      const w = world();
      const first = await w.create({ ...keyed, idempotentUntil: w.now + 1_000 });
      w.now += 999;
      const early = await w.store.createRuns({ ...w.at(), runs: [w.newRun(keyed)] });
      expect(early).toEqual({ created: [{ id: first, status: "queued", isCached: true }] });
      w.now += 1;
      const second = w.newRun(keyed);
      const late = await w.store.createRuns({ ...w.at(), runs: [second] });
      expect(late).toEqual({ created: [{ id: second.id, status: "queued", isCached: false }] });
      w.now += 10_000;
      expect(await w.store.createRuns({ ...w.at(), runs: [w.newRun(keyed)] })).toEqual({
        created: [{ id: second.id, status: "queued", isCached: true }],
      });
    });

    it("moves on from a failed run, and stays with a completed or canceled one", async () => {
      const w = world();
      const key = (name: string) => ({ idempotencyKey: name });
      const failed = await w.execute(key("failed"));
      await w.store.failRun({ ...w.at(), ...failed, failure: FAILURE });
      const completed = await w.execute(key("completed"));
      await w.store.completeRun({ ...w.at(), ...completed, append: nothing() });
      const canceled = await w.execute(key("canceled"));
      await w.store.cancelRun({ ...w.at(), ...canceled });
      const again = async (runId: string) => {
        const { task, idempotencyKey = "" } = await w.get(runId);
        const answer = await w.store.createRuns({ ...w.at(), runs: [w.newRun({ task, idempotencyKey })] });
        return "created" in answer && answer.created[0];
      };
      expect(await again(failed.runId)).toMatchObject({ status: "queued", isCached: false });
      expect(await again(completed.runId)).toEqual({ id: completed.runId, status: "completed", isCached: true });
      expect(await again(canceled.runId)).toEqual({ id: canceled.runId, status: "canceled", isCached: true });
    });

    it("does not keep a repeat from finding the runs that it made, wherever the key went", async () => {
      const w = world();
      const first = await w.execute(keyed);
      const { task } = await w.get(first.runId);
      await w.store.failRun({ ...w.at(), ...first, failure: FAILURE });
      const second = await w.create({ ...keyed, task });
      const repeated = await w.store.createRuns({ ...w.at(), runs: [w.newRun({ ...keyed, task, id: first.runId })] });
      expect(repeated).toEqual({ created: [{ id: first.runId, status: "failed", isCached: false }] });
      const third = await w.store.createRuns({ ...w.at(), runs: [w.newRun({ ...keyed, task })] });
      expect(third).toEqual({ created: [{ id: second, status: "queued", isCached: true }] });
    });
  });
}
