import { mkdtemp, readdir, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  configure as configureTrigger,
  batch as triggerBatch,
  runs as triggerRuns,
  tasks as triggerTasks,
} from "@trigger.dev/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configure, runs } from "../../src/sdk/index.ts";
import { type HttpProcess, KEY, startHttpProcess } from "./http-process.ts";

const LONG = "größer 🦊".repeat(30_000);
const MEGABYTE = 1024 * 1024;

let server: HttpProcess;
let folder: string;
let blobs: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "perdure-packets-"));
  const db = join(folder, "perdure.db");
  blobs = `${db}.blobs`;
  server = await startHttpProcess(db);
  configure({ baseURL: server.url, secretKey: KEY });
  configureTrigger({ baseURL: server.url, secretKey: KEY });
});

afterAll(async () => {
  configure({});
  expect(await server.stop()).toBe(0);
  await rm(folder, { recursive: true });
});

describe("the official SDK of Trigger.dev", () => {
  it.each([
    ["an object", { text: LONG, at: new Date(7), names: new Set(["a"]) }],
    ["text", LONG],
    ["text that JSON escapes", '"\\\n\u0000'.repeat(50_000)],
  ])("uploads %s that is too long for a request, and fetches what a task returned", async (_, payload) => {
    const { id } = await triggerTasks.trigger("echo", payload);
    expect(isDeepStrictEqual((await runs.poll(id)).output, payload)).toBe(true);
    const run = await triggerRuns.retrieve(id);
    expect([isDeepStrictEqual(run.payload, payload), isDeepStrictEqual(run.output, payload)]).toEqual([true, true]);
  });

  it("does so in a batch, and replays such a run", async () => {
    const items = [LONG, "short", { LONG }].map((payload) => ({ id: "echo", payload }));
    const { batchId } = await triggerBatch.trigger(items);
    const { runs: ids } = await triggerBatch.retrieve(batchId);
    const outputs = await Promise.all(ids.map(async (id) => (await runs.poll(id)).output));
    expect(
      isDeepStrictEqual(
        outputs,
        items.map(({ payload }) => payload),
      ),
    ).toBe(true);
    const { id } = await triggerRuns.replay(ids[0] as string);
    expect((await runs.poll(id)).output === LONG).toBe(true);
  });
});

const filesLeft = async () => (await readdir(blobs)).length;

async function announce(): Promise<{ presignedUrl: string; storagePath: string }> {
  const { json } = await server.ask("/api/v2/packets/trigger%2Fpacket_1%2Fpayload.json", { method: "PUT" });
  return json as { presignedUrl: string; storagePath: string };
}

function upload(url: string, body: string | readonly (string | Uint8Array)[], type = "application/super+json") {
  return server.ask(url, { method: "PUT", headers: { authorization: "", "content-type": type }, body });
}

function trigger(payload: unknown) {
  const body = JSON.stringify({ payload, options: { payloadType: "application/store" } });
  return server.ask("/api/v1/tasks/echo/trigger", { method: "POST", body });
}

describe("an uploaded value", () => {
  it.each([
    [
      "application/super+json",
      '  {"json":{"at":"1970-01-01T00:00:00.000Z"},"meta":{"values":{"at":["Date"]}}}',
      { at: new Date(0) },
    ],
    ["application/json", " [1, 2]\n", [1, 2]],
    ["text/plain; charset=utf-8", ' "x"', ' "x"'],
    ["text/plain", "", ""],
  ])("of the type %s is what the task gets", async (type, body, payload) => {
    const { presignedUrl, storagePath } = await announce();
    expect((await upload(presignedUrl, body, type)).status).toBe(200);
    const { json } = await trigger(storagePath);
    expect((await runs.poll(String(json["id"]))).output).toEqual(payload);
  });

  it("is fetched by its name, and as its run's payload, at an address that needs no key", async () => {
    const { presignedUrl, storagePath } = await announce();
    const text = `{"json":"${LONG}"}`;
    await upload(presignedUrl, text);
    const { json } = await trigger(storagePath);
    const [path, name] = [`/api/v1/runs/${String(json["id"])}/packets/payload`, encodeURIComponent(storagePath)];
    for (const asked of [path, `/api/v1/packets/${name}`]) {
      const link = String((await server.ask(asked)).json["presignedUrl"]);
      const { headers, text: got } = await server.ask(link, { headers: { authorization: "" } });
      expect([headers["content-type"], got === text]).toEqual(["application/super+json", true]);
    }
    expect((await server.ask(`/api/v1/runs/${String(json["id"])}/packets/nothing`)).status).toBe(404);
  });

  it("that is JSON, but nothing that superjson wrote, fails its run at the first attempt", async () => {
    const { presignedUrl, storagePath } = await announce();
    await upload(presignedUrl, '{"json":{"a":1},"meta":{"values":{"a":["nonsense"]}}}');
    const path = `/api/v3/runs/${String((await trigger(storagePath)).json["id"])}`;
    await expect.poll(async () => (await server.ask(path)).json["status"]).toBe("FAILED");
    expect((await server.ask(path)).json).toMatchObject({
      ...{ attemptCount: 1, payload: { a: 1 }, error: { message: expect.stringContaining("cannot be read") } },
    });
  });

  it("may be sent a second time, and stays what it was", async () => {
    const { presignedUrl, storagePath } = await announce();
    await upload(presignedUrl, '{"json":1}');
    expect((await upload(presignedUrl, '{"json":2}')).status).toBe(200);
    const { json } = await trigger(storagePath);
    expect((await runs.poll(String(json["id"]))).output).toBe(1);
  });

  it.each([
    ["of an unknown type", "x", "image/png", 415, "BODY_TYPE_UNKNOWN"],
    ["that superjson did not write", "[1]", "application/super+json", 400, "BODY_INVALID"],
    ["that is no JSON", '{"json":[1,]}', "application/super+json", 400, "BODY_INVALID"],
    ["that ends too early", '{"json":', "application/super+json", 400, "BODY_INVALID"],
    ["that is nested too deeply", "[".repeat(100_000), "application/json", 400, "BODY_INVALID"],
    ["that is empty", "", "application/json", 400, "BODY_INVALID"],
    ["that is not UTF-8", [Buffer.from([0x22, 0xff, 0x22])], "application/json", 400, "BODY_INVALID"],
    ["beyond the limit", Array.from({ length: 11 }, () => "x".repeat(MEGABYTE)), "text/plain", 413, "VALUE_TOO_LARGE"],
    [
      "beyond what the limit can be in bytes",
      Array.from({ length: 32 }, () => "x".repeat(MEGABYTE)),
      "text/plain",
      413,
      "VALUE_TOO_LARGE",
    ],
  ])("%s is refused, and nothing of it is left", async (_, body, type, status, code) => {
    const before = await filesLeft();
    const { presignedUrl, storagePath } = await announce();
    const answer = await upload(presignedUrl, typeof body === "string" ? [body] : body, type);
    expect([answer.status, answer.json["code"]]).toEqual([status, code]);
    expect(await filesLeft()).toBe(before);
    expect((await trigger(storagePath)).json["code"]).toBe("PACKET_NOT_FOUND");
  });

  it.each([[{}], [{ "content-length": "1000000" }]])("that is cut off leaves nothing (%j)", async (headers) => {
    const before = await filesLeft();
    const { presignedUrl, storagePath } = await announce();
    const sending = request(presignedUrl, { method: "PUT", headers: { "content-type": "text/plain", ...headers } });
    sending.on("error", () => undefined);
    sending.write("x".repeat(300_000));
    await expect.poll(filesLeft).toBe(before + 1);
    sending.destroy();
    await expect.poll(filesLeft).toBe(before);
    expect((await trigger(storagePath)).json["code"]).toBe("PACKET_NOT_FOUND");
  });

  it("goes to the address that was given out and to no other", async () => {
    const before = await filesLeft();
    const { presignedUrl } = await announce();
    const other = (await announce()).storagePath;
    const refused = [
      presignedUrl.replace(/packets\/[^?]+/, `packets/${other}`),
      presignedUrl.replace(/expires=\d+/, "expires=9999999999999"),
      presignedUrl.replace(/signature=.{4}/, "signature=AAAA"),
      presignedUrl.replace(/\?.*/, ""),
    ];
    for (const url of refused) expect((await upload(url, '{"json":1}')).json["code"]).toBe("PACKET_LINK_INVALID");
    expect((await server.ask(presignedUrl)).json["code"]).toBe("PACKET_LINK_INVALID");
    expect((await server.ask("/api/v2/packets/x", { method: "PUT", headers: { authorization: "" } })).status).toBe(401);
    expect(await filesLeft()).toBe(before);
  });

  it.each([["nothing"], ["blob_1.AAAAAAAAAAAAAAAAAAAAAA"], [""], [7], [null]])("is not named %j", async (payload) => {
    expect([400, 422]).toContain((await trigger(payload)).status);
  });
});
