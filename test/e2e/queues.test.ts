/** Queues and pauses as others ask for them: over HTTP with our SDK and Trigger.dev's, and by the command line. */
import { execFile } from "node:child_process";
import { configure as configureTrigger, queues as triggerQueues } from "@trigger.dev/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configure, queues, runs, tasks } from "../../src/sdk/index.ts";
import { parseExposition } from "../exposition.ts";
import { type HttpProcess, KEY, startHttpProcess } from "./http-process.ts";

const BIN = `${import.meta.dirname}/../../src/cli/bin.ts`;
let server: HttpProcess;
let url: string;

beforeAll(async () => {
  server = await startHttpProcess();
  url = server.url;
  configure({ baseURL: url, secretKey: KEY });
  configureTrigger({ baseURL: url, accessToken: KEY });
});

afterAll(async () => {
  configure({});
  expect(await server.stop()).toBe(0);
});

/** The command as a user types it. */
async function perdure(...words: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const env = { PATH: process.env["PATH"], PERDURE_API_URL: url, PERDURE_SECRET_KEY: KEY };
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...words], { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out: stdout + stderr }),
    );
  });
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${url}${path}`, { headers: { authorization: `Bearer ${KEY}` }, ...init });
}

describe("our SDK", () => {
  it("pauses a queue, says why its runs wait, and resumes it", async () => {
    expect(await queues.pause("task/echo")).toMatchObject({ name: "task/echo", type: "task", paused: true });
    const handle = await tasks.trigger("echo", 1);
    expect(await runs.explain(handle)).toEqual({
      reason: "queue-paused",
      sentence: expect.stringMatching(/^Its queue task\/echo is paused since \S+\.$/),
      until: undefined,
    });
    expect(await queues.retrieve({ type: "task", name: "echo" })).toMatchObject({ queued: 1, paused: true });
    expect(await queues.resume("task/echo")).toMatchObject({ paused: false, pausedAt: undefined });
    expect((await runs.poll(handle)).status).toBe("completed");
  });

  it("overrides a limit and resets it, and lists page by page", async () => {
    const overridden = await queues.overrideConcurrencyLimit({ type: "task", name: "echo" }, 2);
    expect(overridden.concurrency).toEqual({ current: 2, base: null, override: 2, overriddenAt: expect.any(Date) });
    expect((await queues.resetConcurrencyLimit("task/echo")).concurrencyLimit).toBeNull();
    const first = await queues.list({ perPage: 1 });
    expect(first.pagination).toEqual({ currentPage: 1, totalPages: 5, count: 5 });
    const second = await queues.list({ page: 2, perPage: 1 });
    expect([first.data[0]?.name, second.data[0]?.name]).toEqual(["task/counting", "task/dated"]);
  });

  it.each([
    ["a queue that is none", () => queues.pause("nothing"), "QUEUE_NOT_FOUND"],
    ["a queue without a name", () => queues.pause(""), "OPTION_INVALID"],
    ["a limit below nothing", () => queues.overrideConcurrencyLimit("task/echo", -1), "OPTION_INVALID"],
    ["a page before the first", () => queues.list({ page: 0 }), "OPTION_INVALID"],
    ["a run that is none", () => runs.explain("run_nothing"), "RUN_NOT_FOUND"],
  ])("is refused %s", async (_, call, code) => {
    await expect(call()).rejects.toMatchObject({ code });
  });
});

describe("the official SDK of Trigger.dev", () => {
  it("pauses and resumes a task's queue by its type and name, and by its id", async () => {
    const queue = { type: "task", name: "echo" } as const;
    const paused = await triggerQueues.pause(queue);
    expect(paused).toMatchObject({ name: "echo", type: "task", paused: true, running: 0, concurrencyLimit: null });
    expect(paused.id).toMatch(/^queue_/);
    expect((await triggerQueues.retrieve(paused.id)).paused).toBe(true);
    expect((await triggerQueues.resume(paused.id)).paused).toBe(false);
  });

  it("lists queues, and overrides a limit", async () => {
    await triggerQueues.overrideConcurrencyLimit({ type: "task", name: "echo" }, 7);
    const names: string[] = [];
    for await (const { name, concurrency } of await triggerQueues.list({ perPage: 2 })) {
      names.push(name);
      if (name === "echo") expect(concurrency).toMatchObject({ current: 7, base: null, override: 7 });
    }
    expect(names).toEqual(["counting", "dated", "echo", "failing", "waiting"]);
    const reset = await triggerQueues.resetConcurrencyLimit({ type: "task", name: "echo" });
    expect(reset.concurrency).toMatchObject({ current: null, override: null, overriddenAt: null });
  });

  it("finds queues whose names need to be encoded", async () => {
    const name = "orders/eu west%2F?#";
    await tasks.trigger("echo", 1, { queue: name, delay: "1h" });
    expect(await triggerQueues.pause({ type: "custom", name: "orders/eu west" }).catch(({ status }) => status)).toBe(
      404,
    );
    expect(await queues.pause(name)).toMatchObject({ name, type: "custom", delayed: 1 });
    await queues.resume(name);
  });

  it("is refused what is no queue", async () => {
    await expect(triggerQueues.retrieve("queue_x")).rejects.toMatchObject({ status: 404 });
    await expect(triggerQueues.retrieve({ type: "custom", name: "nothing" })).rejects.toMatchObject({ status: 404 });
  });
});

describe("the command line", () => {
  it("pauses one queue, or everything", async () => {
    expect(await perdure("pause", "task/echo")).toEqual({
      code: 0,
      out: "task/echo is paused: 0 of its runs execute, 0 are due.\n",
    });
    expect((await perdure("queues", "list")).out).toMatch(/^QUEUE .*\n[\s\S]*task\/echo .* paused since /);
    expect((await perdure("resume", "task/echo")).out).toMatch(/not paused/);
    expect(JSON.parse((await perdure("pause", "--json")).out)).toMatchObject({ paused: true });
    const { id } = await tasks.trigger("echo", 1);
    expect((await perdure("runs", "get", id)).out).toMatch(/\nwaiting: Everything is paused since \S+\.\n/);
    expect(JSON.parse((await perdure("status", "--json")).out)).toMatchObject({ pausedAt: expect.any(Number) });
    expect(JSON.parse((await perdure("resume", "--json")).out)).toEqual({ paused: false });
    expect((await runs.poll(id)).status).toBe("completed");
    expect((await perdure("pause", "nothing")).code).toBe(3);
    expect((await perdure("pause", "a", "b")).code).toBe(2);
  });

  it("shows the server on one screen", async () => {
    const { code, out } = await perdure("status");
    expect([code, out]).toEqual([0, expect.stringMatching(/^Perdure \d+\.\d+\.\d+, pid \d+, up [\s\S]*\nQUEUE /)]);
    expect((await perdure("status", "now")).code).toBe(2);
  });
});

describe("whoever watches", () => {
  it("reads the metrics with the key, and not without", async () => {
    await runs.poll(await tasks.trigger("echo", 1));
    const response = await ask("/metrics");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const families = parseExposition(await response.text());
    const valueIn = (name: string, labels = "") => families.get(name)?.samples.get(`${name}${labels}`);
    expect(valueIn("perdure_runs_finished_total", '{task="echo",outcome="completed"}')).toBeGreaterThan(0);
    expect(valueIn("perdure_runs", '{status="completed"}')).toBeGreaterThan(0);
    expect(valueIn("perdure_queue_paused", '{queue="task/echo"}')).toBe(0);
    expect(valueIn("perdure_store_up")).toBe(1);
    expect(families.get("perdure_http_requests_total")?.samples.size).toBeGreaterThan(3);
    expect(families.size).toBeGreaterThan(30);
    expect([...families.keys()].filter((name) => !/^(perdure|process)_/.test(name))).toEqual([]);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
  });

  it("asks without a key whether it is alive and ready", async () => {
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ ok: true });
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true }]);
  });
});
