/** Worker processes on a real node: busy, stopped, killed, broken, left alone. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createSystemEnv } from "../../src/system/index.ts";
import { temporaryFolder } from "../store/open-toy.ts";
import { until } from "./application.ts";
import { killAll, startProcess } from "./lives.ts";
import { startNodeWithPool } from "./node-with-pool.ts";
import { effectsOf, place, start } from "./pool-place.ts";
import type { Place } from "./pool-tasks.ts";

const TIMEOUT_MS = 60_000;
vi.setConfig({ testTimeout: TIMEOUT_MS });
afterEach(killAll);

const namesOf = (at: Pick<Place, "effects">) => effectsOf(at).map(([name]) => name);

describe("worker processes", () => {
  it("execute runs, wait, start children, and trigger from steps", async () => {
    const { pool, trigger, ended, seen } = await start();
    const outcome = await ended(await trigger("family", 41));
    expect(outcome).toMatchObject({ status: "completed", output: { sum: 42 } });
    expect(await ended((outcome.output as { child: string }).child)).toMatchObject({ output: 3 });
    expect(pool.state).toEqual({ processes: 1, ready: 1 });
    await until(() => pool.processes[0]?.held === 0);
    expect(seen.problems).toEqual([]);
  });

  it("share the work of a pool", async () => {
    const { pool, trigger, ended } = await start({ size: 3, concurrency: 2 });
    await until(() => pool.state.ready === 3);
    const at = place();
    const runs = await Promise.all(Array.from({ length: 6 }, () => trigger("stepped", at)));
    await until(() => namesOf(at).filter((name) => name === "second").length === 6);
    expect(new Set(effectsOf(at).map(([, pid]) => pid)).size).toBe(3);
    writeFileSync(at.gate, "");
    for (const run of runs) expect(await ended(run)).toMatchObject({ status: "completed" });
  });

  it("take runs of their version and of none yet, and leave those of another alone", async () => {
    const { node, pool, startPool, trigger, ended } = await start({ version: "v1" });
    const at = place();
    const old = await trigger("stepped", at);
    await until(() => namesOf(at).includes("second"));
    await pool.stop();
    const newer = startPool({ version: "v2" });
    const fresh = await trigger("add", { a: 1, b: 2 });
    expect(await ended(fresh)).toMatchObject({ output: 3 });
    expect((await node.calls.retrieve({ runId: fresh })).taskVersion).toBe("v2");
    expect(newer.processes[0]?.held).toBe(0);
    writeFileSync(at.gate, "");
    expect(await node.calls.retrieve({ runId: old })).toMatchObject({ status: "queued", taskVersion: "v1" });
    startPool({ version: "v1" });
    expect(await ended(old)).toMatchObject({ status: "completed", attempt: 1 });
    expect(namesOf(at).filter((name) => name === "first")).toHaveLength(1);
  });

  it("hear at once that somebody wants the end of their run", async () => {
    const { node, trigger, ended } = await start({ leaseMs: 10 * TIMEOUT_MS });
    const at = place();
    const runId = await trigger("patient", at);
    await until(() => namesOf(at).length === 1);
    await node.calls.cancel({ runId });
    expect(await ended(runId)).toMatchObject({ status: "canceled" });
  });

  it("say line by line what user code prints and logs", async () => {
    const { trigger, ended, seen } = await start();
    await ended(await trigger("talkative"));
    await until(() => seen.output.length === 3 && seen.logs.length === 2);
    expect([...seen.output].sort()).toEqual([
      "stderr: to standard error",
      "stdout: Grüße",
      "stdout: to standard output",
    ]);
    expect(seen.logs).toEqual([
      { message: "to the console", properties: undefined },
      { message: "to the log", properties: { n: "1" } },
    ]);
  });

  it("get no variable that is not theirs", async () => {
    const secrets = [
      "PERDURE_ENCRYPTION_KEY",
      "PERDURE_SECRET_KEY",
      "PERDURE_DATABASE_URL",
      "DATABASE_URL",
      "TRIGGER_SECRET_KEY",
    ];
    for (const name of [...secrets, "STRIPE_KEY", "LC_TIME"]) vi.stubEnv(name, "5a".repeat(32));
    const { trigger, ended } = await start({ variableNames: ["STRIPE_KEY"] });
    const { output } = await ended(await trigger("environment"));
    expect(output).toMatchObject({ STRIPE_KEY: "5a".repeat(32), LC_TIME: "5a".repeat(32), PATH: process.env["PATH"] });
    expect(Object.keys(output as object).filter((name) => secrets.includes(name) || name.startsWith("VITEST"))).toEqual(
      [],
    );
  });
});

describe("a process that is busy", () => {
  it("for longer than its lease keeps its run, which completes once", async () => {
    const { pool, trigger, ended } = await start({ leaseMs: 1_000 });
    const at = place();
    const run = await trigger("busy", { ...at, ms: 3_000 });
    await until(() => (pool.processes[0]?.stalledMs ?? 0) > 1_000);
    expect(pool.processes[0]?.lagMs).toBeGreaterThan(1_000);
    const { status, attempt, events } = await ended(run);
    expect({ status, attempt }).toEqual({ status: "completed", attempt: 1 });
    expect(events).not.toContain("run.reaped");
    expect(namesOf(at)).toEqual(["spin"]);
    await until(() => pool.processes[0]?.stalledMs === 0);
  });

  it("says so in the story of the run that was executing then", async () => {
    const { node, trigger, ended } = await start();
    const run = await trigger("busy", { ...place(), ms: 400 });
    expect(await ended(run)).toMatchObject({ status: "completed" });
    const { events } = await node.calls.events({ runId: run, afterSeq: 0, limit: 100 });
    const stalls = events.filter(({ kind }) => kind === "worker.stalled");
    expect(stalls).toHaveLength(1);
    const { ms, runs } = JSON.parse(stalls[0]?.details ?? "{}") as { ms: number; runs: number };
    expect(ms).toBeGreaterThan(300);
    expect(runs).toBe(1);
  });

  it("since its slots are full gets help from another", async () => {
    const { pool, trigger, ended } = await start({ size: { min: 1, max: 2 }, concurrency: 2 });
    const at = place();
    const runs = await Promise.all(Array.from({ length: 4 }, () => trigger("innocent", at)));
    await until(() => namesOf(at).length === 4, TIMEOUT_MS / 2);
    expect(pool.state).toMatchObject({ ready: 2 });
    expect(new Set(effectsOf(at).map(([, pid]) => pid)).size).toBe(2);
    writeFileSync(at.gate, "");
    for (const run of runs) expect(await ended(run)).toMatchObject({ status: "completed", attempt: 1 });
  });

  it("less is dispensed with, and what still executes is left alone", async () => {
    const system = createSystemEnv();
    // The pool looks every 10 ms instead of every second, so that a minute of idleness is short.
    const env = { ...system, timer: (ms: number, action: () => void) => system.timer(ms === 1_000 ? 10 : ms, action) };
    const { pool, trigger, ended } = await start({ env, size: { min: 1, max: 2 }, concurrency: 2 });
    const places = [place(), place(), place(), place()];
    const runs = await Promise.all(places.map((at) => trigger("innocent", at)));
    await until(() => places.every((at) => namesOf(at).length === 1));
    expect(pool.state.ready).toBe(2);
    const [last, ...others] = places as [Place, ...Place[]];
    for (const at of others) writeFileSync(at.gate, "");
    await until(() => pool.state.processes === 1);
    writeFileSync(last.gate, "");
    for (const run of runs) expect(await ended(run)).toMatchObject({ status: "completed", attempt: 1 });
    expect(namesOf(last)).toEqual(["innocent"]);
  });

  it("leaves runs to others", async () => {
    const { pool, trigger, ended } = await start({ size: 2 });
    await until(() => pool.state.ready === 2);
    await trigger("busy", { ...place(), ms: TIMEOUT_MS });
    await until(() => pool.processes.some(({ stalledMs }) => stalledMs > 1_000));
    // One after the other, so that the requests of both processes have their turn.
    for (let n = 0; n < 4; n++)
      expect(await ended(await trigger("add", { a: n, b: n }))).toMatchObject({ output: 2 * n, attempt: 1 });
    await pool.stop(0);
  });

  it("for longer than it may hang is killed, and the run goes on elsewhere", async () => {
    const { trigger, seen } = await start({ hangTimeoutMs: 1_000 });
    const at = place();
    await trigger("busy", { ...at, ms: TIMEOUT_MS });
    await until(() => namesOf(at).length === 2);
    expect(seen.lost).toMatchObject([{ end: { killedFor: "hang", signal: "SIGKILL" } }]);
  });
});

describe("when a process dies", () => {
  it("by a kill, its run continues in a fresh one, and recorded steps are not repeated", async () => {
    const { pool, trigger, ended, seen } = await start();
    const at = place();
    const run = await trigger("stepped", at);
    await until(() => namesOf(at).includes("second"));
    const { pid } = pool.processes[0] as { pid: number };
    process.kill(pid, "SIGKILL");
    await until(() => namesOf(at).length === 3);
    writeFileSync(at.gate, "");
    expect(await ended(run)).toMatchObject({ status: "completed", output: "done", attempt: 1 });
    expect(namesOf(at)).toEqual(["first", "second", "second"]);
    expect(new Set(effectsOf(at).map(([, by]) => by)).size).toBe(2);
    const leases = [{ runId: run, epoch: 1, hasBegun: true, isOverdue: false }];
    const cause = { kind: "died", how: "by SIGKILL" };
    expect(seen.lost).toEqual([
      { pid, end: { exitCode: null, signal: "SIGKILL" }, loss: { cause, isAlone: false, leases } },
    ]);
  });

  it("by its own exit code, its run continues in a fresh one", async () => {
    const { trigger, ended, seen } = await start();
    expect(await ended(await trigger("exiting", place()))).toMatchObject({ status: "completed", output: "alive" });
    expect(seen.lost).toMatchObject([{ end: { exitCode: 3, signal: null } }]);
  });

  it("as it was asked to by a signal, it hands its runs back first", async () => {
    const { pool, trigger, ended, seen } = await start();
    const at = place();
    const run = await trigger("stepped", at);
    await until(() => namesOf(at).includes("second"));
    process.kill((pool.processes[0] as { pid: number }).pid, "SIGTERM");
    await until(() => namesOf(at).length === 3);
    writeFileSync(at.gate, "");
    expect(await ended(run)).toMatchObject({ status: "completed", attempt: 1 });
    expect(seen).toMatchObject({ lost: [], problems: [] });
  });

  it("in effect, since it was stopped, it is killed and its run continues", async () => {
    const { pool, trigger, ended, seen } = await start({ heartbeatTimeoutMs: 1_500 });
    const at = place();
    const run = await trigger("stepped", at);
    await until(() => namesOf(at).includes("second"));
    process.kill((pool.processes[0] as { pid: number }).pid, "SIGSTOP");
    await until(() => namesOf(at).length === 3);
    writeFileSync(at.gate, "");
    expect(await ended(run)).toMatchObject({ status: "completed", attempt: 1 });
    expect(seen.lost).toMatchObject([{ end: { killedFor: "heartbeat" } }]);
  });

  it("before it is ready, again and again, the pool says why", async () => {
    const module = resolve(import.meta.dirname, "pool-broken.ts");
    const { pool, seen } = await start({ module, tasks: ["never"] });
    await until(() => pool.state.failing !== undefined);
    expect(pool.state).toMatchObject({ ready: 0, failing: { code: "WORKER_START_FAILED", details: { module } } });
    expect(pool.state.failing?.message).toContain("the configuration is missing");
    expect(pool.state.failing?.message).toContain("about to fail");
    expect(pool.state.failing?.message).not.toMatch(/^\s+at /m);
    expect(seen.problems).toHaveLength(5);
  });

  it("says which task its module lacks", async () => {
    const { seen } = await start({ tasks: ["add", "nobody"] });
    await until(() => seen.problems.length > 0);
    expect(seen.problems[0]).toMatchObject({ code: "WORKER_START_FAILED" });
    expect(String(seen.problems[0])).toContain("it exports no task nobody");
  });
});

describe("stop()", () => {
  it("hands runs back without burning an attempt", async () => {
    const db = join(temporaryFolder(), "perdure.db");
    const at = place();
    const first = await startNodeWithPool({ db });
    const run = await first.trigger("stepped", at);
    await until(() => namesOf(at).includes("second"));
    await first.stop();
    expect(first.pool.state).toEqual({ processes: 0, ready: 0 });
    expect(first.seen).toMatchObject({ lost: [], problems: [] });
    const second = await start({ db });
    writeFileSync(at.gate, "");
    const { status, attempt, events } = await second.ended(run);
    expect({ status, attempt }).toEqual({ status: "completed", attempt: 1 });
    expect(events).toContain("run.released");
    expect(events).not.toContain("run.reaped");
  });

  it("kills what does not stop in time, and holds nothing against its runs", async () => {
    const { pool, node, trigger, seen } = await start();
    const at = place();
    const runId = await trigger("busy", { ...at, ms: TIMEOUT_MS });
    await until(() => namesOf(at).length === 1);
    await pool.stop(500);
    expect(seen.lost).toEqual([]);
    expect(await node.calls.retrieve({ runId })).toMatchObject({ status: "queued", attempt: 1 });
  });
});

describe("a worker process whose node is gone", () => {
  /** Starts a node with a pool in another process. @returns The connection that ends with the worker. */
  async function startOwner(todo: object) {
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    vi.stubEnv("PERDURE_TEST_PORT", String((server.address() as { port: number }).port));
    const owner = startProcess("pool-owner.ts", [JSON.stringify(todo)]);
    // The owner loads the same module for the manifests: the second connection is the worker's.
    const connections: Socket[] = [];
    server.on("connection", (socket: Socket) => connections.push(socket.on("error", () => undefined).resume()));
    expect(await owner.says("ready")).toBe(true);
    await until(() => connections.length === 2);
    return { owner, worker: connections[1] as Socket };
  }

  it("ends by itself", async () => {
    const { owner, worker } = await startOwner({});
    await owner.kill();
    await until(() => worker.closed);
  });

  it("ends even when its event loop cannot notice", async () => {
    const at = place();
    const { owner, worker } = await startOwner({ task: "busy", payload: { ...at, ms: TIMEOUT_MS * 2 } });
    await until(() => namesOf(at).length === 1);
    await owner.kill();
    await until(() => worker.closed);
  });
});
