import { resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createRegistry } from "../../src/worker/index.ts";
import { startNodeWithPool } from "../e2e/node-with-pool.ts";
import { hungry } from "./hungry-tasks.ts";
import { startProgramServer } from "./program-server.ts";

test("(q) a program that runs out of memory wherever it is continued fails after its attempts, and its story says why", async () => {
  const world = await startProgramServer();
  const pool = await startNodeWithPool({
    module: resolve(import.meta.dirname, "hungry-tasks.ts"),
    manifests: createRegistry([hungry]).manifests,
  });
  onTestFinished(async () => {
    await pool.stop();
    await world.stop();
  });
  const run = await pool.trigger("hungry", `${world.url}/q`);
  expect(await pool.ended(run)).toMatchObject({ status: "failed", attempt: 2 });
  expect(await pool.node.calls.retrieve({ runId: run })).toMatchObject({ failure: { code: "OUT_OF_MEMORY" } });
  // Each attempt asks anew: one of its records may be the cause.
  expect(world.asked("q")).toEqual(["GET /page/x", "GET /page/x"]);
}, 60_000);
