import { describe, expect, it } from "vitest";
import { keyOf, openWorld } from "../../test/engine/world.ts";
import { createId } from "../core/ids.ts";
import { LIMITS } from "../core/limits.ts";

describe("triggering", () => {
  it("answers the same runs to the same request", async () => {
    const world = await openWorld();
    const request = {
      requests: [
        { task: "job", options: {} },
        { task: "job", options: {} },
      ],
      runIds: ["a", "b"].map(() => createId("run", world.env)),
    };
    const first = await world.engine.triggerRuns(request);
    expect(await world.engine.triggerRuns(request)).toEqual(first);
    expect((await world.engine.listRuns({ limit: 10 })).runs).toHaveLength(2);
  });

  it("answers the first run for an idempotency key", async () => {
    const world = await openWorld();
    const id = await world.trigger({ idempotencyKey: "k" });
    const runIds = [createId("run", world.env)];
    const requests = [{ task: "job", options: { idempotencyKey: "k" } }];
    expect(await world.engine.triggerRuns({ requests, runIds })).toEqual([{ id, task: "job", isCached: true }]);
    await world.env.advance(LIMITS.idempotencyKeyTtlMs);
    expect(await world.engine.triggerRuns({ requests, runIds })).toEqual([
      { id: runIds[0], task: "job", isCached: false },
    ]);
  });

  it("refuses what is too large before anything else, and what has no task", async () => {
    const world = await openWorld();
    const payload = "x".repeat(LIMITS.valueCharacters + 1);
    const runIds = [createId("run", world.env)];
    const large = world.engine.triggerRuns({ requests: [{ task: "nope", payload, options: {} }], runIds });
    await expect(large).rejects.toMatchObject({ code: "VALUE_TOO_LARGE" });
    await expect(world.trigger({}, "nope")).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
    const nameless = world.engine.triggerRuns({ requests: [{ task: "job", options: {} }], runIds: [] });
    await expect(nameless).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });

  it("hangs a run below an open parent", async () => {
    const world = await openWorld();
    const parentRunId = await world.trigger();
    const runIds = [createId("run", world.env)];
    const requests = [{ task: "job", options: {} }];
    await world.engine.triggerRuns({ requests, runIds, parentRunId });
    expect(await world.find(runIds[0] ?? "")).toMatchObject({ parentRunId, rootRunId: parentRunId, depth: 1 });
    await world.engine.cancelRun(parentRunId);
    await expect(world.engine.triggerRuns({ requests, runIds, parentRunId })).rejects.toMatchObject({
      code: "PARENT_FINAL",
    });
    await expect(world.engine.triggerRuns({ requests, runIds, parentRunId: "run_0" })).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
    });
  });
});

describe("an instance", () => {
  const task = { id: "job", queue: { name: "q", concurrencyLimit: 1 } };

  it("refuses tasks that contradict each other, and policies out of range", async () => {
    await expect(openWorld({ tasks: [task, task] })).rejects.toMatchObject({ code: "TASK_DUPLICATE" });
    await expect(openWorld({ tasks: [task, { id: "b", queue: { name: "q", concurrencyLimit: 2 } }] })).rejects.toThrow(
      "two concurrency limits",
    );
    await expect(openWorld({ tasks: [{ ...task, retry: { maxAttempts: 0 } }] })).rejects.toMatchObject({
      code: "OPTION_INVALID",
    });
    await expect(openWorld({ defaults: { retry: { factor: 0 } } })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });

  it("starts once and stops for good", async () => {
    const world = await openWorld();
    expect(world.engine.start()).toBe(world.engine.start());
    await world.engine.stop();
    await world.engine.stop();
    expect(world.problems).toEqual([]);
  });
});

describe("a run that another starts", () => {
  it("belongs to the version of the other where that waits for it, and to none yet where it does not", async () => {
    const world = await openWorld();
    await world.trigger();
    const { runs } = await world.engine.leaseRuns({
      workerId: "worker_1",
      leaseId: "lease_1",
      tasks: ["job"],
      version: "v1",
      limit: 1,
      waitMs: 0,
    });
    const parent = keyOf(runs[0] as (typeof runs)[number]);
    const requests = [{ task: "job", options: {} }];
    const append = { firstSeq: 1, entries: [], waitpoints: [] };
    const [loose, awaited] = ["loose", "awaited"].map((name) => `run_${name}`) as [string, string];
    await world.engine.triggerFromRun({ ...parent, append, requests, runIds: [loose], entryKey: "trigger:a#1" });
    const waitpoint = { id: "waitpoint_1", entryKey: "children:a#1" };
    const after = { ...append, firstSeq: 2 };
    await world.engine.triggerFromRun({ ...parent, append: after, requests, runIds: [awaited], waitpoint });
    expect((await world.engine.getRun(parent.runId)).taskVersion).toBe("v1");
    expect((await world.engine.getRun(awaited)).taskVersion).toBe("v1");
    expect((await world.engine.getRun(loose)).taskVersion).toBeUndefined();
  });
});

describe("looking at runs", () => {
  it("goes page by page, newest first", async () => {
    const world = await openWorld();
    const ids = [];
    for (let i = 0; i < 5; i++) {
      ids.push(await world.trigger());
      await world.env.advance(1);
    }
    const first = await world.engine.listRuns({ limit: 3 });
    expect(first.runs.map(({ id }) => id)).toEqual(ids.slice(2).reverse());
    const second = await world.engine.listRuns({ limit: 3, after: first.next ?? "" });
    expect(second).toMatchObject({ runs: [{ id: ids[1] }, { id: ids[0] }] });
    expect(second).not.toHaveProperty("next");
  });

  it("says when there is none", async () => {
    const world = await openWorld();
    await expect(world.engine.getRun("run_0")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    await expect(world.engine.listRunEvents({ runId: "run_0", afterSeq: 0, limit: 1 })).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
    });
    const id = await world.trigger();
    expect(await world.engine.listRunEvents({ runId: id, afterSeq: 1, limit: 1 })).toEqual([]);
  });
});

describe("awaiting a run", () => {
  it("ends in the moment the run does", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.leaseOne();
    const ended = Promise.all([1, 2].map(() => world.engine.awaitRun({ runId: id, waitMs: 60_000 })));
    await world.env.advance(1_234);
    await world.finish(keyOf(run), { kind: "returned", output: "1" });
    expect(await world.env.runUntil(ended)).toMatchObject([
      { status: "completed", output: "1" },
      { status: "completed" },
    ]);
    expect(world.env.monotonic()).toBe(1_234);
    expect((await world.engine.awaitRun({ runId: id, waitMs: 60_000 })).status).toBe("completed");
  });

  it("ends after a while with what the run is then", async () => {
    const world = await openWorld();
    const id = await world.trigger();
    const run = await world.env.runUntil(world.engine.awaitRun({ runId: id, waitMs: 5_000 }));
    expect([run.status, world.env.monotonic(), world.env.timers]).toEqual(["queued", 5_000, 0]);
  });

  it("hears of an end on another node within a second or so", async () => {
    const world = await openWorld({ isSingleNode: false });
    const { engine: one } = world;
    await world.restart();
    const id = await world.trigger();
    const run = await world.leaseOne();
    const ended = world.engine.awaitRun({ runId: id, waitMs: 60_000 });
    await world.env.advance(10_000);
    await one.finishAttempt({
      ...keyOf(run),
      append: { firstSeq: 1, entries: [], waitpoints: [] },
      outcome: { kind: "returned" },
    });
    expect((await world.env.runUntil(ended)).status).toBe("completed");
    expect(world.env.monotonic()).toBeLessThanOrEqual(11_000);
    await world.env.runUntil(world.engine.stop());
  });

  it("is refused for a run that is not there, and when the node stops", async () => {
    const world = await openWorld();
    await expect(world.engine.awaitRun({ runId: "run_0", waitMs: 1 })).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    const id = await world.trigger();
    const waiting = expect(world.engine.awaitRun({ runId: id, waitMs: 60_000 })).rejects.toMatchObject({
      code: "STOPPED",
    });
    await world.env.settle();
    await world.engine.stop();
    await waiting;
    await expect(world.engine.awaitRun({ runId: id, waitMs: 60_000 })).rejects.toMatchObject({ code: "STOPPED" });
  });
});

describe("replaying a run", () => {
  it("makes a fresh one with the same payload, or another", async () => {
    const world = await openWorld();
    const runId = createId("run", world.env);
    const options = {
      tags: ["a"],
      metadata: '{"a":1}',
      queue: "paid",
      maxAttempts: 7,
      idempotencyKey: "k",
      delayMs: 5,
      ttlMs: 5,
      priority: 2,
    };
    await world.engine.triggerRuns({ requests: [{ task: "job", payload: "1", options }], runIds: [runId] });
    await world.engine.cancelRun(runId);
    const [same, other] = [createId("run", world.env), createId("run", world.env)];
    expect(await world.engine.replayRun({ runId, newRunId: same })).toBe(same);
    expect(await world.engine.replayRun({ runId, newRunId: other, payload: "2" })).toBe(other);
    const expected = {
      replayOfRunId: runId,
      rootRunId: same,
      payload: "1",
      tags: ["a"],
      metadata: '{"a":1}',
      queue: "paid",
      attempt: 1,
    };
    const made = await world.find(same);
    expect(made).toMatchObject({ ...expected, dueAt: world.env.now(), retry: { maxAttempts: 7 }, priorityMs: 2_000 });
    expect(made.idempotencyKey ?? made.expiresAt).toBeUndefined();
    expect((await world.find(other)).payload).toBe("2");
    expect(await world.lease()).toHaveLength(2);
  });

  it("needs the run, and a payload that is not too large", async () => {
    const world = await openWorld();
    await expect(world.engine.replayRun({ runId: "run_0", newRunId: "run_1" })).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
    });
    const runId = await world.trigger();
    const payload = "x".repeat(LIMITS.valueCharacters + 1);
    await expect(world.engine.replayRun({ runId, newRunId: "run_1", payload })).rejects.toMatchObject({
      code: "VALUE_TOO_LARGE",
    });
  });
});
