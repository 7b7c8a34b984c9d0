import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  configure as configureTrigger,
  batch as triggerBatch,
  runs as triggerRuns,
  task as triggerTask,
  tasks as triggerTasks,
} from "@trigger.dev/sdk";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { batch, configure, runs, task, tasks } from "../../src/sdk/index.ts";
import { type HttpProcess, KEY, startHttpProcess } from "./http-process.ts";
import { startLossyProxy } from "./lossy-proxy.ts";

let server: HttpProcess;

beforeAll(async () => {
  server = await startHttpProcess();
  configure({ baseURL: server.url, secretKey: KEY });
  configureTrigger({ baseURL: server.url, secretKey: KEY });
});

afterAll(async () => {
  configure({});
  expect(await server.stop()).toBe(0);
});

async function outputsOf(batchId: string): Promise<readonly unknown[]> {
  const { runs: ids } = await batch.retrieve(batchId);
  return Promise.all(ids.map(async (id) => (await runs.poll(id)).output));
}

describe("the official SDK of Trigger.dev", () => {
  it("starts a batch of one task, and finds it with its runs in the order of its items", async () => {
    const items = Array.from({ length: 25 }, (_, n) => ({ payload: { n, at: new Date(n) } }));
    const { batchId, runCount, publicAccessToken } = await triggerTasks.batchTrigger("echo", items);
    expect(runCount).toBe(25);
    expect(publicAccessToken).toMatch(/^ey/);
    expect(await outputsOf(batchId)).toEqual(items.map(({ payload }) => payload));
    const found = await triggerBatch.retrieve(batchId);
    expect(found).toMatchObject({ id: batchId, status: "COMPLETED", runCount: 25, processing: { errors: [] } });
    expect(found.runs.length).toBe(25);
    expect(found.processing.completedAt).toBeInstanceOf(Date);
  });

  it("starts a thousand runs of several tasks", async () => {
    const items = Array.from({ length: 1_000 }, (_, n) => ({
      id: n % 2 === 0 ? "echo" : "dated",
      payload: n % 2 === 0 ? n : { at: new Date(n) },
      options: { tags: [`n${n % 10}`], delay: "1h" },
    }));
    const { batchId } = await triggerBatch.trigger(items);
    const { runs: ids, status } = await triggerBatch.retrieve(batchId);
    expect([new Set(ids).size, status]).toEqual([1_000, "PROCESSING"]);
    expect((await runs.retrieve(ids[999] as string)).tags).toEqual(["n9"]);
    await expect(triggerBatch.trigger([...items, ...items.slice(0, 1)])).rejects.toMatchObject({ phase: "create" });
  });

  it("starts a batch by tasks", async () => {
    const echo = triggerTask({ id: "echo", run: async (payload: number) => payload });
    const { batchId } = await triggerBatch.triggerByTask([
      { task: echo, payload: 1 },
      { task: echo, payload: 2 },
    ]);
    expect(await outputsOf(batchId)).toEqual([1, 2]);
  });

  it("finds the first batch, and first runs, by idempotency keys", async () => {
    const items = [{ payload: 1, options: { idempotencyKey: "one" } }, { payload: 2 }];
    const first = await triggerTasks.batchTrigger("echo", items, { idempotencyKey: "batch" });
    const again = await triggerTasks.batchTrigger("echo", items, { idempotencyKey: "batch" });
    expect(again.batchId).toBe(first.batchId);
    const other = await triggerTasks.batchTrigger("echo", items);
    const [ofFirst, ofOther] = await Promise.all([first, other].map(({ batchId }) => triggerBatch.retrieve(batchId)));
    expect(ofOther?.runs[0]).toBe(ofFirst?.runs[0]);
    expect(ofOther?.runs[1]).not.toBe(ofFirst?.runs[1]);
  });

  it("is told which item cannot be taken, and no run has started", async () => {
    const tag = "refused batch";
    const items = [
      { id: "echo", payload: 1, options: { tags: tag } },
      { id: "nothing", payload: 2, options: { tags: tag } },
    ];
    await expect(triggerBatch.trigger(items)).rejects.toMatchObject({
      phase: "stream",
      message: expect.stringContaining("Item 1"),
    });
    expect((await runs.list({ tag })).data).toEqual([]);
    await expect(triggerBatch.retrieve("batch_unknown")).rejects.toMatchObject({ status: 404 });
  });
});

describe("our SDK", () => {
  it("finds a batch that it made in one call", async () => {
    const echo = task({ id: "echo", run: async (payload: number) => payload });
    const handle = await echo.batchTrigger([{ payload: 1 }, { payload: 2 }]);
    const found = await batch.retrieve(handle);
    expect(found.runs).toEqual(handle.runs.map(({ id }) => id));
    for (const id of found.runs) await runs.poll(id);
    expect(await batch.retrieve(handle)).toMatchObject({ status: "completed", runCount: 2 });
    await expect(batch.retrieve("batch_unknown")).rejects.toMatchObject({ code: "BATCH_NOT_FOUND" });
  });
});

describe("a stream of items", () => {
  const NDJSON = { "content-type": "application/x-ndjson" };
  const line = (index: number, more: object = {}) =>
    `${JSON.stringify({ index, task: "echo", payload: index, ...more })}\n`;

  async function announce(runCount: number, at = server): Promise<string> {
    const { status, json } = await at.ask("/api/v3/batches", { method: "POST", body: JSON.stringify({ runCount }) });
    expect(status).toBe(202);
    return String(json["id"]);
  }

  const send = (
    batchId: string,
    body: string | readonly (string | Uint8Array)[],
    headers: Record<string, string> = NDJSON,
  ) => server.ask(`/api/v3/batches/${batchId}/items`, { method: "POST", headers, body });

  it("may lack items, which are told, and be sent again as a whole", async () => {
    const batchId = await announce(3);
    expect((await send(batchId, line(0))).json).toEqual({
      ...{ id: batchId, itemsAccepted: 1, itemsDeduplicated: 0, sealed: false, enqueuedCount: 1, expectedCount: 3 },
    });
    expect((await send(batchId, "")).json).toMatchObject({ sealed: false, enqueuedCount: 1 });
    expect((await server.ask(`/api/v2/batches/${batchId}`)).json).toMatchObject({ status: "PENDING", runs: [] });
    const whole = [line(0), line(1), line(2)].join("\n");
    expect((await send(batchId, whole)).json).toEqual({
      ...{ id: batchId, itemsAccepted: 2, itemsDeduplicated: 1, sealed: true },
    });
    expect((await send(batchId, whole)).json).toMatchObject({ itemsDeduplicated: 3, sealed: true });
    expect(await outputsOf(batchId)).toEqual([0, 1, 2]);
  });

  it("may be cut anywhere, within a line and within a character", async () => {
    const batchId = await announce(2);
    const bytes = Buffer.from(line(0, { payload: "größer 🦊" }) + line(1).trim());
    const parts = [...bytes].map((byte) => Buffer.from([byte]));
    expect((await send(batchId, parts)).json).toMatchObject({ sealed: true });
    expect(await outputsOf(batchId)).toEqual(["größer 🦊", 1]);
  });

  it.each([
    ["that is no JSON", `${line(0)}{"index":1,\n`, 400, "BATCH_LINE_INVALID", "Line 2"],
    ["without its place", `${line(0)}\n{"task":"echo"}\n`, 400, "BATCH_LINE_INVALID", "Line 3"],
    [
      "with an option that nothing would enforce",
      line(0, { options: { machine: "x" } }),
      400,
      "BATCH_LINE_INVALID",
      "machine",
    ],
    ["beyond the batch", line(7), 422, "BATCH_ITEM_REFUSED", "Item 7"],
    ["of a task that is none", line(1, { task: "nothing" }), 422, "BATCH_ITEM_REFUSED", "TASK_UNKNOWN"],
    [
      "with too large a payload",
      line(0, { payload: "x".repeat(11 * 1024 * 1024) }),
      400,
      "BATCH_LINE_INVALID",
      "Line 1",
    ],
    [
      "that is nested too deeply",
      `{"index":0,"task":"echo","payload":${"[".repeat(1e5)}${"]".repeat(1e5)}}`,
      400,
      "BATCH_LINE_INVALID",
      "Line 1",
    ],
    ["that is not UTF-8", Buffer.from([0x7b, 0xff, 0x0a]), 400, "BODY_INVALID", "UTF-8"],
  ])("with a line %s is refused, and may be sent again", async (_, body, status, code, named) => {
    const batchId = await announce(2);
    const answer = await send(batchId, [body]);
    expect([answer.status, answer.json["code"]]).toEqual([status, code]);
    expect(answer.json["error"]).toContain(named);
    expect((await runs.list({ batch: batchId })).data).toEqual([]);
    expect((await send(batchId, line(0) + line(1))).json).toMatchObject({ sealed: true });
  });

  it("is refused when it is too long, of another type, or for a batch that is none", async () => {
    const batchId = await announce(1);
    const long = Array.from({ length: 21 }, () => "\n".repeat(1024 * 1024));
    expect((await send(batchId, long)).json["code"]).toBe("BODY_TOO_LARGE");
    expect((await send(batchId, line(0), { "content-type": "application/json" })).status).toBe(415);
    expect((await send("batch_unknown", line(0))).json["code"]).toBe("BATCH_NOT_FOUND");
    expect((await send("nothing", line(0))).json["code"]).toBe("OPTION_INVALID");
  });

  it.each([[0], [1_001], [1.5], ["2"], [null]])("cannot be announced with %j items", async (runCount) => {
    const { status } = await server.ask("/api/v3/batches", { method: "POST", body: JSON.stringify({ runCount }) });
    expect(status).toBe(400);
  });

  it("goes on after the node was killed in its midst", async () => {
    const folder = await mkdtemp(join(tmpdir(), "perdure-batches-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const db = join(folder, "perdure.db");
    const first = await startHttpProcess(db);
    const batchId = await announce(3, first);
    const path = `/api/v3/batches/${batchId}/items`;
    await first.ask(path, { method: "POST", headers: NDJSON, body: line(0) + line(1) });
    await first.kill();
    const second = await startHttpProcess(db);
    onTestFinished(async () => void (await second.stop()));
    const whole = { method: "POST", headers: NDJSON, body: [0, 1, 2].map((index) => line(index)) };
    expect((await second.ask(path, whole)).json).toMatchObject({ itemsDeduplicated: 2, sealed: true });
    const { json } = await second.ask(`/api/v2/batches/${batchId}`);
    expect((json["runs"] as string[]).length).toBe(3);
  });
});

describe("a request that is sent again, since its answer was lost,", () => {
  const again = { "x-trigger-request-idempotency-key": "the same call" };
  const post = (path: string, body: object) =>
    server.ask(path, { method: "POST", headers: again, body: JSON.stringify(body) });

  it("finds the run that it triggered, replayed or restarted", async () => {
    const trigger = () => post("/api/v1/tasks/echo/trigger", { payload: 1, options: { tags: "sent twice" } });
    const [first, second] = [await trigger(), await trigger()];
    expect(second.json).toEqual(first.json);
    const runId = String(first.json["id"]);
    const replay = () => post(`/api/v1/runs/${runId}/replay`, {});
    expect((await replay()).json).toEqual((await replay()).json);
    expect((await runs.list({ tag: "sent twice" })).data.length).toBe(2);
  });

  it("finds the batch that it announced, or sent as a whole", async () => {
    const announce = () => post("/api/v3/batches", { runCount: 2 });
    expect((await announce()).json).toEqual((await announce()).json);
    const items = [{ task: "echo", payload: 1, options: { tags: "whole" } }];
    const headers = { "x-trigger-request-idempotency-key": "another call" };
    const whole = () => server.ask("/api/v2/tasks/batch", { method: "POST", headers, body: JSON.stringify({ items }) });
    const [first, second] = [await whole(), await whole()];
    expect(first.json).toMatchObject({ runCount: 1 });
    expect(second.json["id"]).toBe(first.json["id"]);
    expect((await runs.list({ tag: "whole" })).data.length).toBe(1);
  });

  it("makes nothing twice, whichever answers the official SDK lost", async () => {
    const proxy = await startLossyProxy(server.url, (path) => /trigger$|replay$|batches|items$/.test(path));
    onTestFinished(async () => {
      configureTrigger({ baseURL: server.url, secretKey: KEY });
      await proxy.close();
    });
    configureTrigger({ baseURL: proxy.url, secretKey: KEY });
    const tags = "answers lost";
    const { id } = await triggerTasks.trigger("echo", 1, { tags });
    await triggerRuns.replay(id);
    const { batchId } = await triggerBatch.trigger([{ id: "echo", payload: 2, options: { tags } }]);
    expect(proxy.lost.length).toBe(4);
    expect((await triggerBatch.retrieve(batchId)).runs.length).toBe(1);
    expect((await runs.list({ tag: tags })).data.length).toBe(3);
  });

  it("makes a run of its own when it is another call with the same content", async () => {
    const handles = [await triggerTasks.trigger("echo", 1), await triggerTasks.trigger("echo", 1)];
    expect(handles[0]?.id).not.toBe(handles[1]?.id);
    expect(await tasks.trigger("echo", 1)).toHaveProperty("id");
  });
});
