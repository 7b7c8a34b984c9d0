import { expect, it } from "vitest";
import { openApp } from "../../test/server/open-app.ts";
import type { ClientCalls } from "../protocol/index.ts";
import { LONGEST_HTTP_WAIT_MS, OWN_MEDIA_TYPE } from "../protocol/index.ts";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import { createApp } from "./app.ts";
import type { Packets } from "./node.ts";

it.each([
  ["Trigger.dev's", "waitMs=3600000", "application/json"],
  ["our own", `input=${encodeURIComponent(JSON.stringify({ runId: "run_1", waitMs: 3_600_000 }))}`, OWN_MEDIA_TYPE],
])("a wait that is asked for in %s language is cut to what a connection bears", async (_, query, accept) => {
  const waits: number[] = [];
  const awaitRun: ClientCalls["awaitRun"] = async ({ waitMs }) => {
    waits.push(waitMs);
    throw new Error("enough");
  };
  const calls = { awaitRun } as unknown as ClientCalls;
  const app = createApp({
    calls,
    callsFor: () => calls,
    authenticate: async () => ({ kind: "root" }),
    env: createVirtualEnv(),
    environmentId: "default",
    packets: {} as Packets,
    secretKey: "a-secret-key-of-tests",
    hosts: [],
    leaving: new AbortController().signal,
    monitor: { problems: async () => [], metricsText: async () => undefined, onRequest: () => undefined },
    onProblem: () => undefined,
  });
  const headers = { host: "localhost", authorization: "Bearer x", accept };
  await app(new Request(`http://localhost/api/v1/runs/run_1/await?${query}`, { headers }));
  expect(waits).toEqual([LONGEST_HTTP_WAIT_MS]);
});

const OURS = { accept: OWN_MEDIA_TYPE, "content-type": OWN_MEDIA_TYPE };

it.each([
  ["/api/v1/tasks/job/trigger", {}],
  ["/api/v1/tasks/job/trigger", { requests: [null], runIds: ["run_1"] }],
  ["/api/v1/tasks/job/trigger", []],
  ["/api/v1/runs/run_1/replay", 1],
])("what is no input of %s, as %j, is refused in our own language", async (path, body) => {
  const { ask } = await openApp();
  const { status, json } = await ask(path, { method: "POST", headers: OURS, body });
  expect([status, json["code"]]).toEqual([400, "OPTION_INVALID"]);
});
