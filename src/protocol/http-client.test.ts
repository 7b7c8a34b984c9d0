import { describe, expect, it } from "vitest";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import { createHttpClient } from "./http-client.ts";

type Answer = Response | Error;

/** A client whose server answers with these, one after the other. */
function createClient(...answers: readonly Answer[]) {
  const env = createVirtualEnv();
  const asked: { url: string; method: string | undefined; body: unknown }[] = [];
  const answering = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const answer = answers[asked.length] ?? new Error("asked too often");
    asked.push({ url: String(url), method: init?.method, body: init?.body });
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const client = createHttpClient({ url: "https://jobs.test/base/", secretKey: "k", env, fetch: answering });
  const outcome = async (call: Promise<unknown>) =>
    env.runUntil(
      call.catch((error: { code: string; message: string }) => ({ code: error.code, message: error.message })),
    );
  return { client, env, asked, outcome };
}

const refusal = (status: number, code: string, error = "no") => Response.json({ error, code }, { status });
const runId = "run_1";

describe("a call over HTTP", () => {
  it("names what it is about in its path, below the base URL", async () => {
    const { client, asked, outcome } = createClient(Response.json({ id: "run_1" }), Response.json({ runs: [] }));
    await outcome(client.cancel({ runId: "run_a/b" }));
    const requests = [{ task: "a b", options: {} }];
    await outcome(client.trigger({ requests, runIds: [runId] }));
    expect(asked).toEqual([
      { url: "https://jobs.test/base/api/v2/runs/run_a%2Fb/cancel", method: "POST", body: '{"runId":"run_a/b"}' },
      {
        url: "https://jobs.test/base/api/v1/tasks/a%20b/trigger",
        method: "POST",
        body: JSON.stringify({ requests, runIds: [runId] }),
      },
    ]);
  });

  it("is sent again while no answer comes or the server has no room, with the same names", async () => {
    const { client, asked, outcome } = createClient(
      new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } }),
      refusal(503, "STORE_BUSY"),
      new Response("<h1>Bad gateway</h1>", { status: 502 }),
      Response.json({ runs: [] }),
    );
    const requests = [{ task: "a", options: {} }];
    expect(await outcome(client.trigger({ requests, runIds: [runId] }))).toEqual({ runs: [] });
    expect(new Set(asked.map(({ body }) => body)).size).toBe(1);
    expect(asked.length).toBe(4);
  });

  it("gives up after five times and says why", async () => {
    const failed = new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } });
    const { client, asked, outcome } = createClient(failed, failed, failed, failed, failed);
    expect(await outcome(client.retrieve({ runId }))).toEqual({
      code: "SERVER_UNREACHABLE",
      message: expect.stringContaining("https://jobs.test/base/: fetch failed: ECONNREFUSED"),
    });
    expect(asked.length).toBe(5);
  });

  it("that is refused is not sent again", async () => {
    const { client, asked, outcome } = createClient(refusal(404, "RUN_NOT_FOUND", "There is no run run_1."));
    expect(await outcome(client.retrieve({ runId }))).toEqual({
      code: "RUN_NOT_FOUND",
      message: "There is no run run_1.",
    });
    expect(asked.length).toBe(1);
  });

  it("is told what a newer server refuses with a code that we do not know", async () => {
    const unknown = () => refusal(422, "FROM_THE_FUTURE", "It is too early.");
    const { client, outcome } = createClient(unknown());
    expect(await outcome(client.retrieve({ runId }))).toEqual({
      code: "SERVER_REFUSED",
      message: expect.stringContaining("It is too early."),
    });
  });
});

describe("a node that is asked too often", () => {
  const tooEarly = (seconds: string) => {
    const body = { error: "Too many.", code: "RATE_LIMITED" };
    return Response.json(body, { status: 429, headers: { "retry-after": seconds } });
  };

  it("is asked again when it says so, more often than one that does not answer", async () => {
    const { client, env, asked, outcome } = createClient(
      ...Array.from({ length: 8 }, () => tooEarly("2")),
      Response.json({ id: runId }),
    );
    const before = env.now();
    expect(await outcome(client.cancel({ runId }))).toEqual({ id: runId });
    expect(asked.length).toBe(9);
    expect(env.now() - before).toBeGreaterThanOrEqual(16_000);
  });

  it("is given up after a minute, and believed no pause that is longer than half of one", async () => {
    const { client, env, asked, outcome } = createClient(...Array.from({ length: 99 }, () => tooEarly("86400")));
    const before = env.now();
    expect(await outcome(client.cancel({ runId }))).toEqual({ code: "RATE_LIMITED", message: "Too many." });
    expect(asked.length).toBe(3);
    expect(env.now() - before).toBeLessThan(70_000);
  });

  it("is asked at once again where its pause is no number", async () => {
    const { client, env, outcome } = createClient(tooEarly("soon"), Response.json({ id: runId }));
    const before = env.now();
    expect(await outcome(client.cancel({ runId }))).toEqual({ id: runId });
    expect(env.now() - before).toBeLessThan(1_000);
  });
});
