/** Runs that have a process to themselves, with a limit to its memory. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it, vi } from "vitest";
import { perdureError } from "../../src/core/errors.ts";
import { createPerdure } from "../../src/embedded/index.ts";
import { until } from "./application.ts";
import { pidsOf, place, start } from "./pool-place.ts";
import { apart } from "./pool-tasks.ts";

vi.setConfig({ testTimeout: 60_000 });

it("isolated runs have a process each, as many at once as there may be", async () => {
  const { pool, trigger, ended } = await start({ alone: 2 });
  const at = place();
  const runs = await Promise.all([1, 2, 3].map(() => trigger("apart", at)));
  await until(() => pidsOf(at).length === 2);
  expect(new Set(pidsOf(at)).size).toBe(2);
  expect(pool.processes.filter(({ isAlone }) => isAlone).map(({ held }) => held)).toEqual([1, 1]);
  writeFileSync(at.gate, "");
  for (const run of runs) expect(await ended(run)).toMatchObject({ status: "completed", attempt: 1 });
  expect(pidsOf(at)).toHaveLength(3);
});

it("the next isolated run begins in a process that was kept ready", async () => {
  const { pool, trigger, ended } = await start();
  const [first, second] = [place(), place()];
  for (const at of [first, second]) writeFileSync(at.gate, "");
  await ended(await trigger("apart", first));
  const isWaiting = () =>
    pool.processes.filter(({ isAlone, isReady, held }) => isAlone && isReady && held === 0).length > 0;
  await until(isWaiting);
  const ready = pool.processes.filter(({ isAlone }) => isAlone).map(({ pid }) => `${pid}`);
  await ended(await trigger("apart", second));
  expect(ready).toContain(pidsOf(second)[0]);
});

it("a run whose end the node does not take leaves its process to the next one", async () => {
  const { node, pool, startPool, trigger, ended } = await start();
  await pool.stop();
  const [given, next] = [place(), place()];
  for (const at of [given, next]) writeFileSync(at.gate, "");
  let refusals = 0;
  const finish: typeof node.calls.finish = async (report) => {
    if (refusals++ === 0) throw perdureError("STORE_UNAVAILABLE");
    return node.calls.finish(report);
  };
  startPool({ alone: 1, calls: { ...node.calls, finish } });
  await trigger("apart", given);
  await until(() => refusals === 1);
  expect(await ended(await trigger("apart", next))).toMatchObject({ status: "completed", attempt: 1 });
});

it.each(["buffers", "objects"] as const)(
  "a run that needs more memory than it may use, in %s, gets the next machine",
  async (kind) => {
    const { node, trigger, ended, seen } = await start();
    const at = place();
    const run = await trigger("hungry", { effects: at.effects, mb: 300, kind });
    const { status, attempt, events } = await ended(run);
    expect({ status, attempt }).toEqual({ status: "completed", attempt: 2 });
    expect(events).not.toContain("run.quarantined");
    expect(seen.lost).toMatchObject([{ loss: { isAlone: true, cause: { kind: "out of memory", limitMb: 256 } } }]);
    const story = await node.calls.events({ runId: run, afterSeq: 0, limit: 100 });
    const details = story.events.find((event) => event.kind === "run.retrying")?.details;
    expect(details).toContain("OUT_OF_MEMORY");
    expect(details).toContain("256 MB");
    expect(new Set(pidsOf(at)).size).toBe(2);
  },
);

it("a run that fills its heap before its process is too large fails by that too", async () => {
  const { node, trigger, ended } = await start();
  const run = await trigger("aborting");
  expect(await ended(run)).toMatchObject({ status: "failed", attempt: 1 });
  const { failure } = await node.calls.retrieve({ runId: run });
  expect(failure).toMatchObject({ kind: "crashed", code: "OUT_OF_MEMORY" });
  expect(failure?.message).toContain("8192 MB");
});

it("a task whose module alone needs more than its runs may use fails by that, and the pool goes on", async () => {
  const module = resolve(import.meta.dirname, "pool-heavy.ts");
  const { node, pool, trigger, ended } = await start({ module, tasks: ["hungry"] });
  const run = await trigger("hungry");
  expect(await ended(run)).toMatchObject({ status: "completed", attempt: 2 });
  const { events } = await node.calls.events({ runId: run, afterSeq: 0, limit: 100 });
  expect(events.find(({ kind }) => kind === "run.retrying")?.details).toContain("OUT_OF_MEMORY");
  expect(pool.state.failing).toBeUndefined();
});

it("the embedded mode refuses tasks that it cannot isolate", async () => {
  const refused = createPerdure({ db: ":memory:", tasks: [apart] });
  await expect(refused).rejects.toMatchObject({
    code: "OPTION_UNSUPPORTED",
    details: { what: "task apart in createPerdure" },
  });
});
