/** Worker processes that run on Bun: the same program, the same tasks. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it, vi } from "vitest";
import { effectPolicy } from "../../src/core/effect-mode.ts";
import { until } from "./application.ts";
import type { NodeWithPoolOptions } from "./node-with-pool.ts";
import { place, start } from "./pool-place.ts";

vi.setConfig({ testTimeout: 60_000 });
const BIN = resolve(import.meta.dirname, "../../node_modules/.bin");

async function startOnBun(options: NodeWithPoolOptions = {}) {
  vi.stubEnv("PATH", `${BIN}:${process.env["PATH"]}`);
  return start({ runtime: "bun", effects: effectPolicy(undefined, undefined, "steps-only"), ...options });
}

const linesOf = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);

it("execute runs with steps, waits and children, log, and say that their heart beats", async () => {
  const { pool, trigger, ended, seen } = await startOnBun();
  const outcome = await ended(await trigger("family", 41));
  expect(outcome).toMatchObject({ status: "completed", output: { sum: 42 } });
  await ended(await trigger("talkative"));
  await until(() => seen.logs.length === 2);
  expect(seen.output).toContain("stdout: Grüße");
  await until(() => (pool.processes[0]?.rssMb ?? 0) > 0);
  expect(seen.problems).toEqual([]);
});

it("are watched and replaced: a kill, then a run that takes its process down", async () => {
  const { node, pool, trigger, ended } = await startOnBun();
  const at = place();
  const run = await trigger("stepped", at);
  await until(() => linesOf(at.effects).length === 2);
  process.kill(pool.processes[0]?.pid as number, "SIGKILL");
  await until(() => linesOf(at.effects).length === 3);
  writeFileSync(at.gate, "");
  expect(await ended(run)).toMatchObject({ status: "completed", output: "done", attempt: 1 });
  const sudden = await trigger("sudden");
  expect(await ended(sudden)).toMatchObject({ status: "failed" });
  expect((await node.calls.retrieve({ runId: sudden })).failure?.code).toBe("CRASHED");
});

it("that are busy keep their runs, and are killed when they hang", async () => {
  const { node, trigger, ended, seen } = await startOnBun({ leaseMs: 1_000, hangTimeoutMs: 3_000 });
  const at = place();
  expect(await ended(await trigger("busy", { ...at, ms: 2_000 }))).toMatchObject({ status: "completed", attempt: 1 });
  expect(seen.lost).toEqual([]);
  const run = await trigger("looping", at);
  expect(await ended(run)).toMatchObject({ status: "failed" });
  expect((await node.calls.retrieve({ runId: run })).failure?.code).toBe("HUNG");
});

it("end a run that needs more memory than it may use", async () => {
  const { trigger, ended, seen } = await startOnBun();
  const at = place();
  const run = await trigger("hungry", { effects: at.effects, mb: 400, kind: "buffers" });
  expect(await ended(run)).toMatchObject({ status: "completed", attempt: 2 });
  expect(seen.lost).toMatchObject([{ end: { killedFor: "memory" } }]);
});

it("hand long messages over whole, in both directions", async () => {
  const { trigger, ended } = await startOnBun();
  const text = "ä€😀".repeat(300_000);
  expect(await ended(await trigger("echo", text))).toMatchObject({ output: text });
});

it("end with their node", async () => {
  const { pool, node, trigger } = await startOnBun();
  const at = place();
  const run = await trigger("stepped", at);
  await until(() => linesOf(at.effects).length === 2);
  await pool.stop();
  expect(pool.processes).toEqual([]);
  expect(await node.calls.retrieve({ runId: run })).toMatchObject({ status: "queued", attempt: 1 });
});
