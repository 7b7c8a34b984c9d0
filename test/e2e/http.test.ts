import { once } from "node:events";
import { request } from "node:http";
import { configure as configureTrigger, runs as triggerRuns, tasks as triggerTasks } from "@trigger.dev/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPerdure, type HttpOptions } from "../../src/embedded/index.ts";
import { configure, isPerdureError, runs, task, tasks } from "../../src/sdk/index.ts";
import { type HttpProcess, KEY, startHttpProcess } from "./http-process.ts";

let server: HttpProcess;
let url: string;

beforeAll(async () => {
  server = await startHttpProcess();
  url = server.url;
  configure({ baseURL: url, secretKey: KEY });
  configureTrigger({ baseURL: url, secretKey: KEY });
});

afterAll(async () => {
  configure({});
  expect(await server.stop()).toBe(0);
});

/** A failure with a code and the HTTP status that goes with it. */
async function refused(call: Promise<unknown>): Promise<readonly [string | undefined, number | undefined]> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return isPerdureError(error) ? [error.code, error.status] : [undefined, undefined];
}

describe("another process", () => {
  it("triggers by id and has the result with its dates, maps and sets", async () => {
    const payload = { at: new Date(0), names: new Set(["a"]), big: 10n ** 20n };
    const handle = await tasks.trigger("echo", payload, { tags: ["a"], metadata: { from: "test" } });
    const run = await runs.poll(handle);
    expect([run.status, run.output, run.tags, run.metadata]).toEqual(["completed", payload, ["a"], { from: "test" }]);
  });

  it("triggers by the task itself, in batches too, all or none", async () => {
    const echo = task({ id: "echo", run: async (payload: number) => payload });
    const { id } = await echo.trigger(1);
    expect((await runs.poll(id)).output).toBe(1);
    const batch = await echo.batchTrigger([{ payload: 2 }, { payload: 3 }]);
    const outputs = await Promise.all(batch.runs.map(async (handle) => (await runs.poll(handle)).output));
    expect(outputs).toEqual([2, 3]);
    const { data } = await runs.list({ batch: batch.batchId });
    expect(data.length).toBe(2);
  });

  it("cancels, replays and reads the story of a run", async () => {
    const handle = await tasks.trigger("waiting", undefined);
    await expect.poll(async () => (await runs.retrieve(handle)).status, { timeout: 10_000 }).toBe("waiting");
    await runs.cancel(handle);
    const canceled = await runs.poll(handle);
    expect([canceled.status, canceled.metadata]).toEqual(["canceled", { progress: 0.5 }]);
    const replayed = await runs.replay(handle);
    expect((await runs.retrieve(replayed)).replayOfRunId).toBe(handle.id);
    await runs.cancel(replayed);
    const kinds = (await runs.events(handle)).map(({ kind }) => kind);
    expect([kinds[0], kinds.at(-1)]).toEqual(["run.created", "run.canceled"]);
  });

  it("is given the errors of the node, with their codes", async () => {
    expect(await refused(runs.retrieve("run_unknown"))).toEqual(["RUN_NOT_FOUND", 404]);
    expect(await refused(tasks.trigger("nothing", 1))).toEqual(["TASK_UNKNOWN", 404]);
    expect(await refused(tasks.trigger("echo", 1, { ttl: "soon" as never }))).toEqual(["DURATION_INVALID", 400]);
    expect(await refused(runs.restart("run_unknown"))).toEqual(["RUN_NOT_FOUND", 404]);
  });

  it("is told when no server answers, and when its key is wrong", async () => {
    try {
      configure({ baseURL: url, secretKey: "another key altogether" });
      expect(await refused(runs.list())).toEqual(["SECRET_KEY_WRONG", 401]);
      configure({ baseURL: "http://127.0.0.1:9", secretKey: KEY });
      expect(await refused(runs.list())).toEqual(["SERVER_UNREACHABLE", 503]);
      expect(() => configure({ baseURL: "localhost:3400" })).toThrow("is not the URL of a server");
    } finally {
      configure({ baseURL: url, secretKey: KEY });
    }
  });
});

describe("the official SDK of Trigger.dev", () => {
  it("triggers, polls and retrieves", async () => {
    const handle = await triggerTasks.trigger("dated", { at: new Date(0) }, { tags: ["b", "a"], metadata: { n: 1 } });
    expect(handle.publicAccessToken).toMatch(/^ey/);
    const run = await triggerRuns.poll(handle.id, { pollIntervalMs: 50 });
    expect(run).toMatchObject({
      status: "COMPLETED",
      isSuccess: true,
      isFailed: false,
      taskIdentifier: "dated",
      output: { isDate: true, at: "1970-01-01T00:00:00.000Z" },
      payload: { at: "1970-01-01T00:00:00.000Z" },
      tags: ["a", "b"],
      metadata: { n: 1 },
      attemptCount: 1,
    });
  });

  it.each([["text"], [12], [null], [[1, 2]], [undefined]])("hands over %j as it is", async (payload) => {
    const handle = await triggerTasks.trigger("echo", payload);
    const run = await runs.poll(handle.id);
    expect([run.status, run.output]).toEqual(["completed", payload]);
  });

  it("finds the first run by an idempotency key, and delays one", async () => {
    const first = await triggerTasks.trigger("echo", 1, { idempotencyKey: "once" });
    const again = await triggerTasks.trigger("echo", 2, { idempotencyKey: "once" });
    expect(again).toMatchObject({ id: first.id, isCached: true });
    const delayed = await triggerTasks.trigger("echo", 1, { delay: "1h" });
    expect(await triggerRuns.retrieve(delayed.id)).toMatchObject({ status: "DELAYED", isQueued: true });
    await triggerRuns.cancel(delayed.id);
    expect(await triggerRuns.retrieve(delayed.id)).toMatchObject({ status: "CANCELED", isCancelled: true });
  });

  it("sees why a run failed, and replays it", async () => {
    const handle = await triggerTasks.trigger("failing", {});
    const run = await triggerRuns.poll(handle.id, { pollIntervalMs: 50 });
    expect(run).toMatchObject({ status: "FAILED", isFailed: true, error: { message: "it never works" } });
    const replayed = await triggerRuns.replay(handle.id);
    expect((await triggerRuns.poll(replayed?.id ?? "", { pollIntervalMs: 50 })).status).toBe("FAILED");
  });

  it("lists by status, page by page", async () => {
    const handles = [];
    for (let n = 0; n < 3; n++) handles.push(await triggerTasks.trigger("echo", n, { tags: ["listed"] }));
    await Promise.all(handles.map(({ id }) => runs.poll(id)));
    const seen: string[] = [];
    for await (const run of triggerRuns.list({ tag: "listed", status: ["COMPLETED"], limit: 2 })) seen.push(run.id);
    expect(seen).toEqual(handles.map(({ id }) => id).reverse());
    const failed = await triggerRuns.list({ tag: "listed", status: ["TIMED_OUT"] });
    expect(failed.data).toEqual([]);
  });

  it("is refused an option that nothing would enforce", async () => {
    await expect(triggerTasks.trigger("echo", 1, { machine: "large-1x" })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("machine"),
    });
  });
});

/** A request as it is, without what a client adds or forbids. */
async function ask(
  path: string,
  { method = "GET", headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; json: Record<string, unknown> }> {
  const authorization = `Bearer ${KEY}`;
  const asking = request(`${url}${path}`, { method, headers: { authorization, ...headers } });
  // The answer may come before all was sent, and what is sent then finds nobody.
  asking.on("error", () => undefined).end(body);
  const [response] = await once(asking, "response");
  let text = "";
  for await (const part of response.setEncoding("utf8")) text += part;
  return { status: response.statusCode, json: JSON.parse(text) as Record<string, unknown> };
}

describe("a request", () => {
  const trigger = "/api/v1/tasks/echo/trigger";

  it.each([
    ["without a key", "/api/v1/runs", { headers: { authorization: "" } }, 401, "SECRET_KEY_MISSING"],
    ["with a wrong key", "/api/v1/runs", { headers: { authorization: "Bearer x" } }, 401, "SECRET_KEY_WRONG"],
    ["for another host", "/api/v1/runs", { headers: { host: "evil.example" } }, 403, "HOST_REFUSED"],
    ["from a page", "/api/v1/runs", { headers: { origin: "https://evil.example" } }, 403, "ORIGIN_REFUSED"],
    ["for nothing", "/api/v1/nothing", {}, 404, "ROUTE_UNKNOWN"],
    ["that is no JSON", trigger, { method: "POST", body: "{" }, 400, "BODY_INVALID"],
    ["that is no request", trigger, { method: "POST", body: "[]" }, 400, "OPTION_INVALID"],
    ["with a filter that filters nothing", "/api/v1/runs?filter[machine]=x", {}, 400, "OPTION_UNSUPPORTED"],
    ["with a page of nothing", "/api/v1/runs?page[size]=0", {}, 400, "OPTION_INVALID"],
    ["for a run that is none", "/api/v3/runs/nothing", {}, 400, "OPTION_INVALID"],
  ] as const)("%s is refused", async (_, path, asked, status, code) => {
    const answer = await ask(path, asked);
    expect([answer.status, answer.json["code"]]).toEqual([status, code]);
    expect(String(answer.json["error"])).not.toMatch(/\n\s+at /);
  });

  it("with a payload beyond the limit is refused before it is parsed", async () => {
    const body = JSON.stringify({ payload: "x".repeat(11 * 1024 * 1024) });
    expect((await ask(trigger, { method: "POST", body })).json["code"]).toBe("VALUE_TOO_LARGE");
    // The server hangs up on the rest of what it does not read.
    const huge = await ask(trigger, { method: "POST", body: `"${"x".repeat(32 * 1024 * 1024)}"` }).catch(
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect(["EPIPE", "ECONNRESET", 413]).toContain(typeof huge === "string" ? huge : huge?.status);
  });

  it("says whether the server lives, and whether it can work, without a key", async () => {
    const headers = { authorization: "" };
    expect(await ask("/healthz", { headers })).toEqual({ status: 200, json: { ok: true } });
    expect(await ask("/readyz", { headers })).toEqual({ status: 200, json: { ready: true } });
  });

  it("for a result is answered when there is one", async () => {
    const waiting = await tasks.trigger("waiting", undefined);
    expect((await ask(`/api/v1/runs/${waiting.id}/result`)).status).toBe(404);
    await runs.cancel(waiting);
    const done = await tasks.trigger("echo", { a: 1 });
    await runs.poll(done);
    const { json } = await ask(`/api/v1/runs/${done.id}/result`);
    expect(json).toEqual({
      ok: true,
      id: done.id,
      taskIdentifier: "echo",
      outputType: "application/super+json",
      output: '{"json":{"a":1}}',
    });
  });
});

describe("a server", () => {
  it("says when its port is taken, and leaves nothing open", async () => {
    const port = Number(new URL(url).port);
    const options = { db: ":memory:", tasks: [], http: { port, secretKey: KEY } };
    expect(await refused(createPerdure(options))).toEqual(["SERVER_ADDRESS_TAKEN", 503]);
  });

  it.each([
    { port: -1 },
    { port: 0, secretKey: "short" },
    { port: 0, secretKey: KEY, tls: true },
    { port: 0, secretKey: KEY, rateLimit: -1 },
    { port: 0, secretKey: KEY, trustProxy: 1 },
  ])("refuses the options %j", async (http) => {
    const [code] = await refused(createPerdure({ db: ":memory:", tasks: [], http: http as HttpOptions }));
    expect(code).toMatch(/^OPTION_/);
  });
});
