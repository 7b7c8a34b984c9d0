import { describe, expect, it } from "vitest";
import { keyOf, openWorld } from "../../test/engine/world.ts";
import { createId } from "../core/ids.ts";
import { LIMITS } from "../core/limits.ts";
import { createDispatch } from "./dispatch.ts";
import { createMonitor } from "./monitor.ts";

async function open() {
  const world = await openWorld();
  return { world, calls: createDispatch(world.engine, createMonitor(world)) };
}

describe("what a client asks", () => {
  it("goes the whole way from a trigger to its outcome", async () => {
    const { world, calls } = await open();
    const runId = createId("run", world.env);
    const requests = [{ task: "job", payload: '{"json":1}', options: { tags: ["a"] } }];
    expect(await calls.trigger({ requests, runIds: [runId] })).toEqual({
      runs: [{ id: runId, task: "job", isCached: false }],
    });
    const append = { firstSeq: 1, entries: [], waitpoints: [] };
    const leasing = calls.lease({ workerId: "worker_1", leaseId: "lease_1", tasks: ["job"], limit: 1, waitMs: 1_000 });
    const { runs, leaseMs, now } = await world.env.runUntil(leasing);
    expect([runs.length, leaseMs, now]).toEqual([1, 30_000, world.env.now()]);
    const ended = calls.awaitRun({ runId, waitMs: 1_000 });
    expect(await calls.finish({ runId, epoch: 1, append, outcome: { kind: "returned", output: "2" } })).toEqual({
      state: "completed",
    });
    const view = await world.env.runUntil(ended);
    expect(view).toMatchObject({
      id: runId,
      status: "completed",
      payload: '{"json":1}',
      output: "2",
      maxAttempts: 2,
      tags: ["a"],
    });
    expect(await calls.retrieve({ runId })).toEqual(view);
    expect(await calls.list({ limit: 1 })).toEqual({ runs: [view], next: runId });
    expect(await calls.list({ limit: 2 })).toEqual({ runs: [view] });
    const { events } = await calls.events({ runId, afterSeq: 0, limit: 10 });
    expect(events.map(({ kind }) => kind)).toEqual(["run.created", "run.started", "run.completed"]);
  });

  it("shows nothing of leases and counters", async () => {
    const { world, calls } = await open();
    const view = await calls.retrieve({ runId: await world.trigger() });
    for (const ours of ["epoch", "leaseId", "environmentId", "journal", "barrenLeases"])
      expect(view).not.toHaveProperty(ours);
  });

  it("can be the end of a run, or another run", async () => {
    const { world, calls } = await open();
    const runId = await world.trigger();
    expect(await calls.cancel({ runId })).toEqual({ id: runId });
    expect((await calls.retrieve({ runId })).status).toBe("canceled");
    const newRunId = createId("run", world.env);
    expect(await calls.replay({ runId, newRunId })).toEqual({ id: newRunId });
    const outcome = { kind: "diverged", diff: "d", onDivergence: "hold" } as const;
    await world.finish(keyOf(await world.leaseOne()), outcome);
    expect(await calls.restart({ runId: newRunId })).toEqual({ id: newRunId });
  });

  it("is checked before the engine sees it, its size first of all", async () => {
    const { world, calls } = await open();
    const runIds = [createId("run", world.env)];
    const payload = "x".repeat(LIMITS.valueCharacters + 1);
    const large = { requests: [{ task: "", payload, options: {} }], runIds };
    await expect(calls.trigger(large)).rejects.toMatchObject({ code: "VALUE_TOO_LARGE" });
    await expect(calls.replay({ runId: "?", newRunId: "?", payload })).rejects.toMatchObject({
      code: "VALUE_TOO_LARGE",
    });
    const invalid = { requests: [{ task: "", options: {} }], runIds };
    await expect(calls.trigger(invalid)).rejects.toMatchObject({ code: "OPTION_INVALID" });
    const unsupported = { requests: [{ task: "job", options: { machine: "large" } as object }], runIds };
    await expect(calls.trigger(unsupported)).rejects.toMatchObject({ code: "OPTION_UNSUPPORTED" });
    for (const ask of [calls.retrieve, calls.cancel, calls.restart]) {
      await expect(ask({ runId: "42" })).rejects.toMatchObject({ code: "OPTION_INVALID" });
      await expect(ask({ runId: createId("run", world.env) })).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    }
  });
});

describe("what a worker asks", () => {
  it("is checked where user code wrote it", async () => {
    const { world, calls } = await open();
    await world.trigger();
    const parent = await world.leaseOne();
    const append = { firstSeq: 1, entries: [], waitpoints: [] };
    const runIds = [createId("run", world.env)];
    const asked = { ...keyOf(parent), append, runIds, entryKey: "trigger:job/x#1" };
    const tags = Array.from({ length: LIMITS.tags + 1 }, (_, i) => `t${i}`);
    await expect(calls.triggerFrom({ ...asked, requests: [{ task: "job", options: { tags } }] })).rejects.toMatchObject(
      { code: "OPTION_INVALID" },
    );
    const payload = "x".repeat(LIMITS.valueCharacters + 1);
    await expect(
      calls.triggerFrom({ ...asked, requests: [{ task: "job", payload, options: {} }] }),
    ).rejects.toMatchObject({ code: "VALUE_TOO_LARGE" });
    const batchId = createId("batch", world.env);
    expect(await calls.triggerFrom({ ...asked, batchId, requests: [{ task: "job", options: {} }] })).toMatchObject({
      state: "triggered",
    });
    expect((await world.find(runIds[0] ?? "")).batchId).toBe(batchId);
  });

  it("reaches the engine as it is", async () => {
    const { world, calls } = await open();
    const runId = await world.trigger();
    const key = keyOf(await world.leaseOne());
    const entries = [
      { kind: "intent", key: "step:a#1", outcome: "completed" },
      { kind: "step", key: "step:a#1", outcome: "completed", result: "1" },
    ] as const;
    const waitpoints = [
      { id: "waitpoint_1", entryKey: "wait:for/1h#1", kind: "time", dueAt: world.env.now() + 3_600_000 },
    ] as const;
    expect(await calls.record({ ...key, append: { firstSeq: 1, entries, waitpoints } })).toEqual({ state: "recorded" });
    expect(await calls.renew({ workerId: "w", leases: [key] })).toMatchObject({ leases: [{ runId, held: true }] });
    const append = { firstSeq: 3, entries: [], waitpoints: [] };
    expect(await calls.park({ ...key, append, waitingOn: ["waitpoint_1"] })).toEqual({ state: "parked" });
    await calls.unpark({ ...key, workerId: "w" });
    await calls.release({ workerId: "w", leases: [keyOf(await world.leaseOne())] });
    expect(await calls.readEntries({ runId, journal: 1, afterSeq: 1 })).toMatchObject([{ seq: 2, result: "1" }]);
    expect(await calls.readContinuation({ runId, journal: 1 })).toEqual({ placed: [], unanswered: [] });
    expect(await calls.readEntry({ runId, seq: 9 })).toBeUndefined();
    expect(await calls.readStepKeys({ runId, beforeJournal: 2 })).toMatchObject([{ seq: 2, key: "step:a#1" }]);
    expect(await calls.readOwedUndos({ runId })).toMatchObject([{ seq: 1 }]);
    expect(await calls.readWaitpoints({ runId, journal: 1 })).toMatchObject([{ id: "waitpoint_1" }]);
    expect(await calls.readChildren({ waitpointId: "waitpoint_1" })).toEqual([]);
  });
});
