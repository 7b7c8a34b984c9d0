/** What runs log in real worker processes, over the pipe to the node and into the file of telemetry. */
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createRuns } from "../../src/sdk/internal.ts";
import { temporaryFolder } from "../store/open-toy.ts";
import { until } from "./application.ts";
import { type NodeWithPoolOptions, startNodeWithPool } from "./node-with-pool.ts";

vi.setConfig({ testTimeout: 60_000 });
const TASKS = ["printing", "telling", "flooding", "quick", "dying", "counting"];

async function start(options: NodeWithPoolOptions = {}) {
  const module = resolve(import.meta.dirname, "log-tasks.ts");
  const started = await startNodeWithPool({ module, tasks: TASKS, ...options });
  onTestFinished(() => started.stop());
  const runs = createRuns(() => ({ calls: started.node.calls, newId: () => "" }));
  return { ...started, runs };
}

const shown = (lines: readonly { level: string; message: string }[]) =>
  lines.map(({ level, message }) => `${level}: ${message.split("\n")[0]}`);

describe("in a worker process", () => {
  it("console and logger within a run are lines of that run, as the console would print them", async () => {
    const { runs, trigger, ended, seen } = await start();
    const run = await trigger("printing");
    await ended(run);
    const lines = await runs.logs(run);
    expect(shown(lines)).toEqual([
      "log: a line with 2 parts { deep: { er: [ 1 ] } }",
      "info: info",
      "debug: debug",
      "warn: warn",
      "error: Error: in a task",
      "log: ┌─────────┬───┐",
      "log: group",
      "log:   inside",
      "log: default: 1",
      "log: default: 2",
      "error: Assertion failed: said",
      "log: [cannot be logged]",
      "log: ",
      "info: with properties",
      "log: after a timer",
    ]);
    expect(lines[4]?.message).toMatch(/log-tasks\.ts:\d+/);
    expect(lines[13]).toMatchObject({
      source: "logger",
      properties: { n: "1", at: "1970-01-01T00:00:00.000Z", nested: { password: "[redacted: password]" } },
    });
    expect(new Set(lines.map(({ source }) => source))).toEqual(new Set(["console", "logger"]));
    await until(() => seen.output.length === 2);
    expect([...seen.output].sort()).toEqual(["stdout: loaded", "stdout: raw output"]);
    expect(seen.problems).toEqual([]);
  });

  it("secrets of the environment reach neither lines nor output", async () => {
    vi.stubEnv("SERVICE_KEY", "correct horse battery");
    const { runs, trigger, ended, seen } = await start({ variableNames: ["SERVICE_KEY"] });
    const run = await trigger("telling");
    await ended(run);
    const lines = await runs.logs(run);
    expect(lines.map(({ message }) => message)).toEqual(["the key is [redacted: secret]", "using it"]);
    await until(() => seen.output.length === 2);
    expect(JSON.stringify([lines, seen])).not.toContain("horse");
    expect(seen.output).toContain("stdout: printed [redacted: secret]");
  });

  it("a flood of lines is bounded and counted, while other runs go on", async () => {
    const db = join(temporaryFolder(), "perdure.db");
    const { runs, trigger, ended, seen } = await start({ db });
    const flood = await trigger("flooding");
    const others = await Promise.all(Array.from({ length: 20 }, (_, n) => trigger("quick", n)));
    for (const [n, run] of others.entries())
      expect(await ended(run)).toMatchObject({ status: "completed", output: n + 1 });
    expect(await ended(flood)).toMatchObject({ status: "completed", attempt: 1, output: "done" });
    let [count, leftOut] = [0, 0];
    for await (const { source, properties } of runs.followLogs(flood)) {
      if (source === "perdure") leftOut += Number(properties?.["leftOut"]);
      else count++;
    }
    expect(count + leftOut).toBe(100_000);
    expect(count).toBeGreaterThanOrEqual(10_000);
    expect(count).toBeLessThan(50_000);
    expect([seen.lost, seen.problems]).toEqual([[], []]);
  });

  it("the last words of a process that ends itself are heard", async () => {
    const { runs, trigger, ended } = await start();
    const run = await trigger("dying", { gate: join(temporaryFolder(), "gate") });
    expect(await ended(run)).toMatchObject({ status: "completed", output: "alive" });
    expect(shown(await runs.logs(run))).toEqual(["error: last words", "error: very last words"]);
  });

  it("lines are followed as they come, to the last one", async () => {
    const { runs, trigger } = await start();
    const gate = join(temporaryFolder(), "gate");
    const run = await trigger("counting", { gate });
    const followed: string[] = [];
    for await (const { message } of runs.followLogs(run)) {
      followed.push(message);
      if (followed.length === 5) await import("node:fs").then(({ writeFileSync }) => writeFileSync(gate, ""));
    }
    expect(followed.length).toBeGreaterThanOrEqual(5);
    expect(followed).toEqual(Array.from({ length: followed.length }, (_, i) => `count ${i}`));
  });

  it("whoever follows can stop", async () => {
    const { runs, trigger, node } = await start();
    const run = await trigger("counting", { gate: join(temporaryFolder(), "gate") });
    const stopping = new AbortController();
    const followed: string[] = [];
    for await (const { message } of runs.followLogs(run, { signal: stopping.signal })) {
      followed.push(message);
      if (followed.length === 3) stopping.abort();
    }
    expect(followed).toHaveLength(3);
    await node.calls.cancel({ runId: run });
  });
});
