import { describe, expect, it } from "vitest";
import { keyOf, openWorld, steps, type World } from "../../test/engine/world.ts";
import { ALERT_TASK, ALERTS_TOLD_SINGLY, type AlertPayload } from "../core/alerts.ts";
import { decodeValue } from "../core/codec.ts";
import { createId } from "../core/ids.ts";
import type { Run } from "../core/run.ts";

const ALERTS = [{ name: "ops", on: ["failure", "held"] as const }];
const GIVE_UP = {
  kind: "threw",
  failure: { kind: "error", name: "Error", message: "no", steer: { kind: "abort" } },
} as const;

async function alertsOf(world: World): Promise<readonly (Run & { readonly told: AlertPayload })[]> {
  const { runs } = await world.engine.listRuns({ limit: 100, tasks: [ALERT_TASK] });
  return runs.map((run) => ({ ...run, told: decodeValue(run.payload ?? "") as AlertPayload })).reverse();
}

async function fail(world: World): Promise<Run> {
  await world.trigger();
  const run = await world.leaseOne();
  expect(await world.finish(keyOf(run), GIVE_UP)).toBe("failed");
  return run;
}

/** Has the alert runs that are due leased, as their worker would. */
function leaseAlerts({ env, engine }: World) {
  const call = { workerId: createId("worker", env), leaseId: createId("lease", env), tasks: [ALERT_TASK] };
  return env.runUntil(engine.leaseRuns({ ...call, limit: 100, waitMs: 0 })).then(({ runs }) => runs);
}

describe("a run that fails for good", () => {
  it("has its alert made with it, whose worker gets it at once", async () => {
    const world = await openWorld({ alerts: ALERTS });
    const run = await fail(world);
    const [alert] = await leaseAlerts(world);
    expect(alert).toMatchObject({ task: ALERT_TASK, queue: "perdure.alert/ops", tags: [run.id] });
    expect(decodeValue(alert?.payload ?? "")).toMatchObject({
      kind: "one",
      alert: "ops",
      runId: run.id,
      task: "job",
      problem: { name: "Error", message: "no" },
    });
  });

  it("does so however it came to that", async () => {
    const world = await openWorld({ alerts: ALERTS });
    await world.trigger({ ttlMs: 1_000 });
    await world.env.advance(2_000);
    await world.trigger({ maxAttempts: 1 });
    const crashing = await world.leaseOne();
    await world.finish(keyOf(crashing), {
      ...GIVE_UP,
      failure: { kind: "error", name: "Late", message: "", code: "CRASHED" },
    });
    await world.trigger();
    const diverged = await world.leaseOne();
    await world.finish(keyOf(diverged), { kind: "diverged", diff: "- a\n+ b", onDivergence: "fail" });
    const told = (await alertsOf(world)).map(({ told }) => (told.kind === "one" ? told.problem.name : told.kind));
    expect(told.toSorted()).toEqual(["CRASHED", "JOURNAL_DIVERGED", "RUN_EXPIRED"]);
  });

  it("tells nothing while attempts remain, when it is canceled, or when it completes", async () => {
    const world = await openWorld({ alerts: ALERTS });
    await world.trigger();
    await world.finish(keyOf(await world.leaseOne()), {
      ...GIVE_UP,
      failure: { kind: "error", name: "E", message: "" },
    });
    await world.engine.cancelRun(await world.trigger({ delayMs: 9_999 }));
    await world.trigger();
    await world.finish(keyOf(await world.leaseOne()), { kind: "returned" });
    expect(await alertsOf(world)).toEqual([]);
  });

  it("tells of itself once, when its undos are done", async () => {
    const world = await openWorld({ alerts: ALERTS });
    await world.trigger();
    const run = await world.leaseOne();
    const owed = {
      firstSeq: 1,
      entries: [{ kind: "intent", key: "a", outcome: "completed" }],
      waitpoints: [],
    } as const;
    expect(await world.finish({ ...keyOf(run), append: owed }, GIVE_UP)).toBe("undoing");
    expect(await alertsOf(world)).toEqual([]);
    await world.finish(keyOf(await world.leaseOne()), { kind: "undone", missing: ["a"] });
    expect((await alertsOf(world)).map(({ tags }) => tags)).toEqual([[run.id]]);
  });

  it("does not tell of itself again when its worker repeats its report", async () => {
    const world = await openWorld({ alerts: ALERTS });
    const run = await fail(world);
    await world.finish({ ...keyOf(run), append: steps(run) }, GIVE_UP);
    expect(await alertsOf(world)).toHaveLength(1);
  });

  it("is told of by none where alerts are for others", async () => {
    const world = await openWorld({
      alerts: [
        { name: "ops", on: ["held"] },
        { name: "b", on: ["failure"], tasks: ["x"] },
      ],
    });
    await fail(world);
    expect(await alertsOf(world)).toEqual([]);
  });
});

describe("a run that is held", () => {
  it("has its alert made with it", async () => {
    const world = await openWorld({ alerts: ALERTS });
    const runId = await world.trigger();
    const state = await world.finish(keyOf(await world.leaseOne()), {
      kind: "diverged",
      diff: "- a",
      onDivergence: "hold",
    });
    expect(state).toBe("held");
    expect((await alertsOf(world)).map(({ told }) => told)).toMatchObject([
      { on: "held", runId, problem: { name: "JOURNAL_DIVERGED", message: "- a" } },
    ]);
  });
});

describe("many failures in a minute", () => {
  it("are told of singly at first, and together in the end", async () => {
    const world = await openWorld({ alerts: ALERTS });
    for (let i = 0; i < 20; i++) await fail(world);
    const alerts = await alertsOf(world);
    expect(alerts.map(({ told }) => told.kind).toSorted()).toEqual([
      ...Array(ALERTS_TOLD_SINGLY).fill("one"),
      "summary",
    ]);
    const span = alerts.flatMap(({ told }) =>
      told.kind === "summary" ? [{ task: told.task, from: told.from, until: told.until }] : [],
    );
    const [asked] = span as [(typeof span)[number]];
    expect(await world.engine.listFailures({ ...asked, limit: 2 })).toMatchObject({ count: 20, runs: [{}, {}] });
    await world.env.advance(60_000);
    await fail(world);
    expect(await alertsOf(world)).toHaveLength(ALERTS_TOLD_SINGLY + 2);
  });
});

describe("runs of our own", () => {
  it("are not told of when they fail", async () => {
    const world = await openWorld({ alerts: ALERTS });
    await fail(world);
    const [alert] = await leaseAlerts(world);
    expect(await world.finish(keyOf(alert as Run), GIVE_UP)).toBe("failed");
    expect(await alertsOf(world)).toHaveLength(1);
  });

  it("are listed for those who ask for them, and for nobody else", async () => {
    const world = await openWorld({ alerts: ALERTS });
    const { id } = await fail(world);
    expect((await world.engine.listRuns({ limit: 10 })).runs.map((run) => run.id)).toEqual([id]);
  });

  it("can be replayed as they were, and neither with another payload nor out of nothing", async () => {
    const world = await openWorld({ alerts: ALERTS });
    await fail(world);
    const alert = (await alertsOf(world))[0] as Run;
    const newRunId = createId("run", world.env);
    const forged = world.engine.replayRun({ runId: alert.id, newRunId, payload: "{}" });
    await expect(forged).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
    await expect(world.trigger({}, ALERT_TASK)).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
    await world.env.runUntil(world.engine.replayRun({ runId: alert.id, newRunId }));
    expect(await world.find(newRunId)).toMatchObject({
      payload: alert.payload,
      queue: alert.queue,
      onDivergence: "restart",
    });
  });

  it("have ids that no task of users may have", async () => {
    const task = { id: "perdure.mine", queue: { name: "q", concurrencyLimit: null } };
    await expect(openWorld({ tasks: [task] })).rejects.toMatchObject({ code: "TASK_ID_RESERVED" });
  });
});
