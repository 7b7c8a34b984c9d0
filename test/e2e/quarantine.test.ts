/** What becomes of runs whose process dies or hangs: the one that did it, and those that were beside it. */
import { writeFileSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { until } from "./application.ts";
import { pidsOf, place, start } from "./pool-place.ts";

vi.setConfig({ testTimeout: 60_000 });

it("a run that takes its process down twice fails, and those beside it complete", async () => {
  const { pool, node, trigger, ended, seen } = await start();
  const [guilty, ...others] = [place(), place(), place()];
  const innocents = await Promise.all(others.map((at) => trigger("innocent", at)));
  const run = await trigger("poison", guilty);
  await until(() => [guilty, ...others].every((at) => pidsOf(at).length === 1));
  writeFileSync(guilty.gate, "");
  expect(await ended(run)).toMatchObject({ status: "failed", attempt: 1 });
  const { failure } = await node.calls.retrieve({ runId: run });
  expect(failure).toMatchObject({ kind: "crashed", code: "CRASHED" });
  expect(failure?.message).toContain("with exit code 7");
  expect(seen.lost.map(({ loss }) => [loss.isAlone, loss.leases.length])).toEqual([
    [false, 3],
    [true, 1],
  ]);
  await until(() => others.every((at) => pidsOf(at).length === 2));
  // Each has a process to itself.
  expect(new Set([guilty, ...others].map((at) => pidsOf(at)[1])).size).toBe(3);
  expect(pool.processes.filter(({ isAlone, held }) => isAlone && held === 1)).toHaveLength(2);
  for (const at of others) writeFileSync(at.gate, "");
  for (const one of innocents) {
    const { status, attempt, events } = await ended(one);
    expect({ status, attempt }).toEqual({ status: "completed", attempt: 1 });
    expect(events.filter((kind) => kind === "run.quarantined")).toHaveLength(1);
  }
});

it("a run that was leased ahead and never began is given back, however often its process dies", async () => {
  const { node, trigger, ended } = await start({ concurrency: 1, alone: 1 });
  const guilty = place();
  // The gate is open: each of them dies at once, with others leased behind it.
  writeFileSync(guilty.gate, "");
  const runs = await Promise.all(Array.from({ length: 6 }, () => trigger("poison", guilty)));
  const behind = await trigger("add", { a: 1, b: 2 });
  for (const run of runs) expect(await ended(run)).toMatchObject({ status: "failed", attempt: 1 });
  expect(await ended(behind)).toMatchObject({ status: "completed", attempt: 1, output: 3 });
  expect((await node.calls.retrieve({ runId: behind })).failure).toBeUndefined();
});

it("a run that ends its process in its first turn is not taken for one that never began", async () => {
  const { node, trigger, ended, seen } = await start();
  const run = await trigger("sudden");
  expect(await ended(run)).toMatchObject({ status: "failed" });
  expect((await node.calls.retrieve({ runId: run })).failure?.code).toBe("CRASHED");
  expect(seen.lost).toHaveLength(2);
});

it("a run that hangs its process twice fails with HUNG", async () => {
  const { node, trigger, ended } = await start({ hangTimeoutMs: 1_500 });
  const [guilty, beside] = [place(), place()];
  const innocent = await trigger("innocent", beside);
  await until(() => pidsOf(beside).length === 1);
  const run = await trigger("looping", guilty);
  expect(await ended(run)).toMatchObject({ status: "failed", attempt: 1 });
  expect((await node.calls.retrieve({ runId: run })).failure).toMatchObject({ kind: "crashed", code: "HUNG" });
  expect(pidsOf(guilty)).toHaveLength(2);
  writeFileSync(beside.gate, "");
  expect(await ended(innocent)).toMatchObject({ status: "completed", attempt: 1 });
});

it("a run that keeps the event loop past its maxDuration is ended, and those beside it go on in shared processes", async () => {
  const { node, trigger, ended, seen } = await start();
  const [guilty, beside] = [place(), place()];
  const innocent = await trigger("innocent", beside);
  await until(() => pidsOf(beside).length === 1);
  const run = await trigger("overrunning", guilty);
  expect(await ended(run)).toMatchObject({ status: "failed", attempt: 1 });
  expect((await node.calls.retrieve({ runId: run })).failure?.code).toBe("MAX_DURATION_EXCEEDED");
  expect(seen.lost).toMatchObject([{ end: { killedFor: "duration" } }]);
  writeFileSync(beside.gate, "");
  const { status, attempt, events } = await ended(innocent);
  expect({ status, attempt }).toEqual({ status: "completed", attempt: 1 });
  expect(events).not.toContain("run.quarantined");
});

it("a run in quarantine that waits has shown itself harmless, and shares a process again", async () => {
  const { pool, node, trigger, ended } = await start();
  const at = place();
  const run = await trigger("stepped-and-waiting", at);
  await until(() => pidsOf(at).length === 1);
  process.kill(pool.processes[0]?.pid as number, "SIGKILL");
  await until(() => pidsOf(at).length === 2);
  expect((await node.calls.retrieve({ runId: run })).status).toBe("executing");
  writeFileSync(at.gate, "");
  const { status, attempt, events } = await ended(run);
  expect({ status, attempt }).toEqual({ status: "completed", attempt: 1 });
  // Its step was under way when its process ended.
  expect(events).toContain("step.uncertain");
  const [, , last] = pidsOf(at);
  expect(pool.processes.find(({ pid }) => `${pid}` === last)?.isAlone).toBe(false);
});
