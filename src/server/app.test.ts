import { expect, it } from "vitest";
import type { ClientCalls } from "../protocol/index.ts";
import { LONGEST_HTTP_WAIT_MS, OWN_MEDIA_TYPE } from "../protocol/index.ts";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import { createApp } from "./app.ts";

it.each([
  ["Trigger.dev's", "waitMs=3600000", "application/json"],
  ["our own", `input=${encodeURIComponent(JSON.stringify({ runId: "run_1", waitMs: 3_600_000 }))}`, OWN_MEDIA_TYPE],
])("a wait that is asked for in %s language is cut to what a connection bears", async (_, query, accept) => {
  const waits: number[] = [];
  const awaitRun: ClientCalls["awaitRun"] = async ({ waitMs }) => {
    waits.push(waitMs);
    throw new Error("enough");
  };
  const secretKey = "a-secret-key-of-tests";
  const app = createApp({
    calls: { awaitRun } as unknown as ClientCalls,
    env: createVirtualEnv(),
    environmentId: "default",
    secretKey,
    hosts: [],
    monitor: { problems: async () => [], metricsText: async () => undefined, onRequest: () => undefined },
    onProblem: () => undefined,
  });
  const headers = { host: "localhost", authorization: `Bearer ${secretKey}`, accept };
  await app(new Request(`http://localhost/api/v1/runs/run_1/await?${query}`, { headers }));
  expect(waits).toEqual([LONGEST_HTTP_WAIT_MS]);
});
