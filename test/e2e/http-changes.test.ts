import {
  configure as configureTrigger,
  idempotencyKeys as triggerKeys,
  runs as triggerRuns,
  tasks as triggerTasks,
} from "@trigger.dev/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configure, idempotencyKeys, runs, tasks } from "../../src/sdk/index.ts";
import { type HttpProcess, KEY, startHttpProcess } from "./http-process.ts";

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

function send(method: string, path: string, body: unknown, requestKey?: string) {
  const headers = requestKey === undefined ? {} : { "x-trigger-request-idempotency-key": requestKey };
  return server.ask(path, { method, headers, body: JSON.stringify(body) });
}

const putMetadata = (runId: string, body: object, requestKey?: string) =>
  send("PUT", `/api/v1/runs/${runId}/metadata`, body, requestKey);
const metadataOf = async (runId: string) => (await server.ask(`/api/v1/runs/${runId}/metadata`)).json["metadata"];

describe("metadata from outside", () => {
  it("stands beside what an executing run writes, is not lost, and is there for its next attempt", async () => {
    const { id } = await tasks.trigger("counting", 5);
    await expect.poll(async () => (await runs.retrieve(id)).metadata?.["n"], { timeout: 10_000 }).toBe(1);
    const operations = [
      { type: "set", key: "theirs", value: [1] },
      { type: "append", key: "theirs", value: 2 },
      { type: "increment", key: "sum", value: 10 },
    ];
    const { json } = await putMetadata(id, { operations });
    expect(json["metadata"]).toMatchObject({ theirs: [1, 2] });
    const run = await runs.poll(id);
    expect(run.output).toEqual({ n: 5, sum: 15, theirs: [1, 2] });
    expect(run.metadata).toEqual(run.output);
  });

  it("is written whole, key by key, to parent and root, once for each request", async () => {
    const { id } = await tasks.trigger("echo", 1, { delay: "1h", metadata: { a: 1, list: [1, 2] } });
    const remove = [
      { type: "remove", key: "list", value: 1 },
      { type: "delete", key: "a" },
    ];
    expect((await putMetadata(id, { operations: remove })).json).toEqual({ metadata: { list: [2] } });
    expect((await putMetadata(id, { metadata: { b: 1 } })).json).toEqual({ metadata: { b: 1 } });
    const count = [{ type: "increment", key: "b", value: 1 }];
    const counting = { operations: count, parentOperations: count, rootOperations: count };
    for (let sent = 0; sent < 2; sent++)
      expect((await putMetadata(id, counting, "once")).json).toEqual({ metadata: { b: 4 } });
    expect(await metadataOf(id)).toEqual({ b: 4 });
    expect((await putMetadata(id, {})).json).toEqual({ metadata: { b: 4 } });
    await runs.cancel(id);
    expect((await putMetadata(id, { operations: count })).json).toEqual({ metadata: { b: 5 } });
  });

  it.each([
    [{ operations: [{ type: "increment", key: "text", value: 1 }] }, 400, "OPTION_INVALID"],
    [{ operations: [{ type: "set", key: "$.a.b", value: 1 }] }, 400, "OPTION_UNSUPPORTED"],
    [{ operations: [{ type: "set", key: "__proto__", value: 1 }] }, 400, "OPTION_INVALID"],
    [{ operations: [{ type: "set", key: "", value: 1 }] }, 400, "OPTION_INVALID"],
    [{ operations: [{ type: "stream", key: "a" }] }, 400, "OPTION_INVALID"],
    [{ metadata: { a: "x".repeat(300_000) } }, 413, "VALUE_TOO_LARGE"],
    [{ metadata: [1] }, 400, "OPTION_INVALID"],
    [{ metadat: {} }, 400, "OPTION_UNSUPPORTED"],
    ["text", 400, "OPTION_INVALID"],
  ])("is refused, and left as it was: %.60j", async (body, status, code) => {
    const { id } = await tasks.trigger("echo", 1, { delay: "1h", metadata: { text: "t" } });
    const answer = await putMetadata(id, body as object);
    expect([answer.status, answer.json["code"]]).toEqual([status, code]);
    expect(await metadataOf(id)).toEqual({ text: "t" });
    expect((await putMetadata("run_unknown", {})).json["code"]).toBe("RUN_NOT_FOUND");
  });

  it("that is nested too deeply is refused", async () => {
    const { id } = await tasks.trigger("echo", 1, { delay: "1h" });
    const body = `{"metadata":{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}}`;
    const answer = await server.ask(`/api/v1/runs/${id}/metadata`, { method: "PUT", body });
    expect([answer.status, answer.json["code"]]).toEqual([400, "OPTION_INVALID"]);
  });
});

describe("tags from outside", () => {
  it("are added, all or none", async () => {
    const { id } = await tasks.trigger("echo", 1, { delay: "1h", tags: ["a"] });
    const path = `/api/v1/runs/${id}/tags`;
    expect((await send("POST", path, { tags: "b" })).json["message"]).toContain("a, b");
    expect((await send("POST", path, { tags: ["b", "c"] })).status).toBe(200);
    expect((await runs.retrieve(id)).tags).toEqual(["a", "b", "c"]);
    const many = Array.from({ length: 8 }, (_, n) => `t${n}`);
    expect((await send("POST", path, { tags: many })).json["code"]).toBe("TAGS_TOO_MANY");
    expect((await send("POST", path, { tags: ["x".repeat(129)] })).status).toBe(400);
    expect((await send("POST", path, {})).status).toBe(400);
    expect((await runs.retrieve(id)).tags).toEqual(["a", "b", "c"]);
    expect((await send("POST", "/api/v1/runs/run_unknown/tags", { tags: "b" })).status).toBe(404);
  });
});

describe("a delayed run", () => {
  it("is given another start by the official SDK, and by ours", async () => {
    const { id } = await triggerTasks.trigger("echo", 1, { delay: "1h" });
    const at = new Date(Date.now() + 2 * 3_600_000);
    expect(await triggerRuns.reschedule(id, { delay: at })).toMatchObject({ status: "DELAYED", delayedUntil: at });
    await runs.reschedule(id, { delay: { minutes: 5 } });
    expect((await runs.retrieve(id)).delayedUntil?.getTime()).toBeLessThan(at.getTime());
    await triggerRuns.reschedule(id, { delay: "1ms" });
    expect((await runs.poll(id)).output).toBe(1);
    await expect(triggerRuns.reschedule(id, { delay: "1h" })).rejects.toMatchObject({ status: 422 });
    await expect(runs.reschedule(id, { delay: "1h" })).rejects.toMatchObject({ code: "RUN_NOT_DELAYED" });
    await expect(runs.reschedule("run_unknown", { delay: "1h" })).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    const path = `/api/v1/runs/${id}/reschedule`;
    for (const body of [{}, { delay: "soon" }, { delay: 5 }]) expect((await send("POST", path, body)).status).toBe(400);
  });

  it("that started since answers a repeat of the same request with its success", async () => {
    const { id } = await tasks.trigger("echo", 1, { delay: "1h" });
    const ask = () => send("POST", `/api/v1/runs/${id}/reschedule`, { delay: "1ms" }, "the same");
    expect((await ask()).status).toBe(200);
    await runs.poll(id);
    expect((await ask()).json).toMatchObject({ id, status: "COMPLETED" });
  });
});

describe("an idempotency key", () => {
  it("is reset by the official SDK, and by ours", async () => {
    const key = await triggerKeys.create("order 7", { scope: "global" });
    const first = await triggerTasks.trigger("echo", 1, { idempotencyKey: key });
    for (let sent = 0; sent < 2; sent++) expect(await triggerKeys.reset("echo", key)).toEqual({ id: key });
    const next = await triggerTasks.trigger("echo", 1, { idempotencyKey: key });
    expect(next.id).not.toBe(first.id);
    await tasks.trigger("echo", 1, { idempotencyKey: "ours" });
    expect(await idempotencyKeys.reset("echo", "ours")).toHaveProperty("runId");
    await expect(idempotencyKeys.reset("echo", "unknown")).rejects.toMatchObject({ code: "IDEMPOTENCY_KEY_UNKNOWN" });
    await expect(triggerKeys.reset("echo", "x", { scope: "global" })).rejects.toMatchObject({ status: 404 });
  });
});

describe("the events of a run", () => {
  it("come page by page", async () => {
    const { id } = await tasks.trigger("echo", 1);
    await runs.poll(id);
    const path = `/api/v1/runs/${id}/events`;
    const { events } = (await server.ask(path)).json as { events: { seq: number }[] };
    const seen: number[] = [];
    for (let after = "0"; ; ) {
      const { json } = await server.ask(`${path}?page[size]=1&page[after]=${after}`);
      const page = json as { events: { seq: number }[]; pagination: { next?: string } };
      seen.push(...page.events.map(({ seq }) => seq));
      if (page.pagination.next === undefined) break;
      after = page.pagination.next;
    }
    expect(seen).toEqual(events.map(({ seq }) => seq));
    for (const wrong of ["page[size]=0", "page[size]=1001", "page[after]=x"])
      expect((await server.ask(`${path}?${wrong}`)).status).toBe(400);
    expect((await server.ask(path, { method: "DELETE" })).json["code"]).toBe("ROUTE_UNKNOWN");
  });
});
