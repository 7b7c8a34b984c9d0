import { describe, expect, it } from "vitest";
import { keyOf, openWorld, type World } from "../../test/engine/world.ts";
import { errorOf } from "../../test/store/open-toy.ts";
import { createId } from "../core/ids.ts";
import type { TaskManifest } from "../core/task-manifest.ts";
import type { RunNews } from "./index.ts";

const manifest = (id: string, more: Partial<TaskManifest> = {}): TaskManifest => ({
  id,
  queue: { name: `task/${id}`, concurrencyLimit: null },
  ...more,
});
const open = () => openWorld({ tasks: [manifest("job")], latestVersion: "v1" });

/** A worker whose code has a version, waiting for runs. */
function ask(world: World, version: string, tasks = ["job", "child"]) {
  const got: string[] = [];
  const leaseId = createId("lease", world.env);
  void world.engine
    .leaseRuns({ workerId: version, leaseId, tasks, version, limit: 10, waitMs: 60_000 })
    .then(({ runs }) => got.push(...runs.map(({ id }) => id)));
  return got;
}

describe("useVersion", () => {
  it("lets new runs start under the new version, and older ones go on under theirs", async () => {
    const world = await open();
    const before = await world.trigger();
    const old = ask(world, "v1");
    await world.env.settle();
    expect(old).toEqual([before]);
    await world.env.runUntil(world.engine.useVersion({ id: "v2", tasks: [manifest("job")] }));
    await world.engine.releaseRuns([keyOf(await world.find(before))]);
    const after = await world.trigger();
    const [older, newer] = [ask(world, "v1"), ask(world, "v2")];
    await world.env.settle();
    expect([older, newer]).toEqual([[before], [after]]);
  });

  it("hands a run that nobody has started to workers of the new version that were waiting before", async () => {
    const world = await open();
    const run = await world.trigger();
    const waiting = ask(world, "v2");
    await world.env.settle();
    expect(waiting).toEqual([]);
    await world.env.runUntil(world.engine.useVersion({ id: "v2", tasks: [manifest("job")] }));
    await world.env.settle();
    expect(waiting).toEqual([run]);
  });

  it("knows the tasks, queues, retries and defaults of the new version", async () => {
    const world = await open();
    const narrow = manifest("added", { queue: { name: "narrow", concurrencyLimit: 1 }, retry: { maxAttempts: 7 } });
    await world.env.runUntil(world.engine.useVersion({ id: "v2", tasks: [narrow] }, { maxDurationSeconds: 9 }));
    expect(await errorOf(world.trigger())).toMatchObject({ code: "TASK_UNKNOWN" });
    const ids = [await world.trigger({}, "added"), await world.trigger({}, "added")];
    expect(await world.find(ids[0] ?? "")).toMatchObject({ retry: { maxAttempts: 7 }, maxDurationMs: 9_000 });
    const got = ask(world, "v2", ["added"]);
    await world.env.settle();
    expect(got).toHaveLength(1);
  });

  it("changes nothing when the version contradicts itself", async () => {
    const world = await open();
    const queue = (concurrencyLimit: number) => ({ queue: { name: "q", concurrencyLimit } });
    for (const tasks of [
      [manifest("job"), manifest("job")],
      [manifest("a", queue(1)), manifest("b", queue(2))],
      [manifest("a", { retry: { maxAttempts: 0 } })],
    ])
      expect(await errorOf(world.engine.useVersion({ id: "v2", tasks }))).toMatchObject({ details: expect.anything() });
    const run = await world.trigger();
    const got = ask(world, "v1");
    await world.env.settle();
    expect(got).toEqual([run]);
  });

  it("lets a run of an older version start the children that only its version knows", async () => {
    const world = await open();
    await world.env.runUntil(world.engine.useVersion({ id: "v1", tasks: [manifest("job"), manifest("child")] }));
    await world.trigger();
    const leaseId = createId("lease", world.env);
    const asked = { workerId: "w", leaseId, tasks: ["job"], version: "v1", limit: 1, waitMs: 0 };
    const { runs } = await world.env.runUntil(world.engine.leaseRuns(asked));
    await world.restart({ latestVersion: "v2" });
    const [parent] = await world.lease();
    if (runs[0] === undefined || parent === undefined) throw new Error("no run was leased");
    const start = () =>
      world.engine.triggerFromRun({
        ...keyOf(parent),
        append: { firstSeq: 1, entries: [], waitpoints: [] },
        requests: [{ task: "child", options: {} }],
        runIds: ["run_child"],
        waitpoint: { id: "waitpoint_1", entryKey: "child" },
      });
    expect(await errorOf(world.env.runUntil(start()))).toMatchObject({ code: "TASK_UNKNOWN" });
    world.engine.knowVersion({ id: "v1", tasks: [manifest("job"), manifest("child")] });
    expect(await world.env.runUntil(start())).toMatchObject({ state: "triggered" });
    expect(await world.find("run_child")).toMatchObject({ taskVersion: "v1", task: "child" });
  });
});

describe("news of runs", () => {
  it("tell of a lease, of a retry and of the end, after each is in the store", async () => {
    const world = await openWorld();
    const news: string[] = [];
    const end = world.engine.onRunNews((told: RunNews) => news.push(told.kind));
    const id = await world.trigger();
    const failure = { kind: "error" as const, name: "Error", message: "no" };
    await world.finish(keyOf(await world.leaseOne()), { kind: "threw", failure });
    await world.env.advance(1_000);
    await world.finish(keyOf(await world.leaseOne()), { kind: "returned" });
    expect(news).toEqual(["leased", "retrying", "leased", "final"]);
    end();
    await world.trigger();
    await world.leaseOne();
    expect([news.length, (await world.find(id)).status]).toEqual([4, "completed"]);
  });
});
