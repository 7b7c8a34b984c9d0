import { describe, expect, it } from "vitest";
import { keyOf, openWorld, steps } from "../../test/engine/world.ts";
import type { EngineMeter } from "./index.ts";

const QUEUE = "task/job";

describe("a queue", () => {
  it("that is paused keeps its runs, and a worker that waits gets them at its end", async () => {
    const world = await openWorld();
    const { engine, env } = world;
    const runId = await world.trigger();
    expect(await engine.pauseQueue(QUEUE)).toMatchObject({ name: QUEUE, due: 1, pausedAt: env.now() });
    const call = { workerId: "worker_1", leaseId: "lease_1", tasks: ["job"], limit: 1, waitMs: 60_000 };
    const leasing = engine.leaseRuns(call);
    await env.settle();
    expect((await engine.explainRun(runId)).reason).toBe("queue-paused");
    await engine.resumeQueue(QUEUE);
    expect((await env.runUntil(leasing)).runs.map(({ id }) => id)).toEqual([runId]);
  });

  it("is refused by a name that nothing has", async () => {
    const { engine } = await openWorld();
    const refused = { code: "QUEUE_NOT_FOUND", details: { queue: "unknown" } };
    for (const ask of [engine.getQueue, engine.pauseQueue, engine.resumeQueue, engine.resetLimit])
      await expect(ask("unknown")).rejects.toMatchObject(refused);
    await expect(engine.overrideLimit("unknown", 1)).rejects.toMatchObject(refused);
  });

  it("that nobody declared is known by its runs", async () => {
    const world = await openWorld();
    await world.trigger({ queue: "by name" });
    expect(await world.engine.getQueue("by name")).toMatchObject({ due: 1, declaredLimit: null });
    expect((await world.engine.listQueues()).queues.map(({ name }) => name)).toEqual(["by name", QUEUE]);
  });

  it("gives more places when its limit is raised, and fewer when it is reset", async () => {
    const tasks = [{ id: "job", queue: { name: QUEUE, concurrencyLimit: 1 } }];
    const world = await openWorld({ tasks });
    for (let i = 0; i < 4; i++) await world.trigger();
    expect(await world.lease()).toHaveLength(1);
    expect((await world.engine.explainRun((await world.engine.listRuns({ limit: 1 })).runs[0]?.id ?? "")).reason).toBe(
      "queue-full",
    );
    await world.engine.overrideLimit(QUEUE, 3);
    expect(await world.lease()).toHaveLength(2);
    expect(await world.engine.resetLimit(QUEUE)).toMatchObject({ concurrencyLimit: 1, executing: 3 });
    expect(await world.lease()).toEqual([]);
  });

  it("stays paused over a restart of the node", async () => {
    const world = await openWorld();
    await world.trigger();
    await world.engine.pauseQueue(QUEUE);
    await world.restart();
    expect(await world.lease()).toEqual([]);
  });
});

it("everything can be paused and resumed", async () => {
  const world = await openWorld();
  const runId = await world.trigger();
  expect(await world.engine.pauseEverything()).toBe(world.env.now());
  expect(await world.lease()).toEqual([]);
  expect((await world.engine.explainRun(runId)).reason).toBe("everything-paused");
  expect((await world.engine.takeSurvey()).pausedAt).toBe(world.env.now());
  await world.engine.resumeEverything();
  expect(await world.lease()).toHaveLength(1);
});

describe("a run is asked why it is not running", () => {
  it("while there is no worker, one that asks, and one that has enough", async () => {
    const world = await openWorld();
    const { engine, env } = world;
    const reasonOf = async (runId: string) => (await engine.explainRun(runId)).reason;
    const first = await world.trigger();
    expect(await reasonOf(first)).toBe("no-worker");
    await world.leaseOne();
    expect(await reasonOf(first)).toBe("executing");
    expect(await reasonOf(await world.trigger())).toBe("workers-busy");
    const call = { workerId: "worker_1", leaseId: "lease_1", tasks: ["other"], limit: 1, waitMs: 1_000 };
    const leasing = engine.leaseRuns(call);
    await env.settle();
    expect(await reasonOf(await world.trigger({ delayMs: 60_000 }))).toBe("delayed");
    await env.runUntil(leasing);
  });

  it("while those ask that share their process, and it needs one of its own", async () => {
    const tasks = [{ id: "job", queue: { name: QUEUE, concurrencyLimit: null }, memoryMb: 0 }];
    const { engine, env, trigger } = await openWorld({ tasks });
    const runId = await trigger();
    const ask = (lane: "shared" | "alone") =>
      engine.leaseRuns({ workerId: "w", leaseId: `lease_${lane}`, tasks: ["job"], limit: 1, waitMs: 1_000, lane });
    const leasing = ask("shared");
    await env.settle();
    expect((await engine.explainRun(runId)).reason).toBe("no-worker");
    expect((await env.runUntil(leasing)).runs).toEqual([]);
    expect((await env.runUntil(ask("alone"))).runs).toHaveLength(1);
  });

  it("while it waits, and when its version has no worker", async () => {
    const world = await openWorld({ latestVersion: "v_2" });
    const runId = await world.trigger();
    const run = await world.leaseOne();
    const dueAt = world.env.now() + 60_000;
    const waitpoint = { id: "waitpoint_1", entryKey: "wait:for/1m#1", kind: "time", dueAt } as const;
    const append = { ...steps(run), waitpoints: [waitpoint] };
    await world.engine.parkRun({ ...keyOf(run), append, waitingOn: [waitpoint.id] });
    expect(await world.engine.explainRun(runId)).toMatchObject({ reason: "waiting", until: dueAt });
    const { sentence } = await world.engine.explainRun(await world.trigger());
    expect(sentence).toBe("No worker is known that takes runs of the task job in version v_2.");
  });
});

it("a meter is told of what happens to runs, once", async () => {
  const told: unknown[] = [];
  const meter: EngineMeter = {
    created: (task) => told.push(["created", task]),
    leased: ({ task, queue, waitedMs }) => told.push(["leased", task, queue, waitedMs]),
    ended: (end) => told.push(["ended", end]),
    retried: (task) => told.push(["retried", task]),
    reaped: () => told.push(["reaped"]),
  };
  const world = await openWorld({ meter });
  await world.trigger({ idempotencyKey: "k" });
  await world.trigger({ idempotencyKey: "k" });
  await world.env.advance(5_000);
  const run = await world.leaseOne();
  await world.env.advance(2_000);
  await world.finish(keyOf(run), { kind: "threw", failure: { kind: "error", name: "Error", message: "once" } });
  await world.env.advance(60_000);
  await world.finish(keyOf(await world.leaseOne()), { kind: "returned" });
  await world.engine.cancelRun(await world.trigger({ delayMs: 60_000 }));
  expect(told).toEqual([
    ["created", "job"],
    ["leased", "job", "task/job", 5_000],
    ["retried", "job"],
    ["leased", "job", "task/job", expect.any(Number)],
    ["ended", { status: "completed", task: "job", durationMs: 62_000 }],
    ["created", "job"],
    ["ended", { status: "canceled" }],
  ]);
});
