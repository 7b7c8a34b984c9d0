/**
 * Bundles that lie on users' disks with the SDK of the Perdure that made them: a run that began under one is continued by whatever
 * Perdure is installed by then, over the interface of `sdk/host.ts`. So each of them has to go on working as it is.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isTask } from "../../src/sdk/index.ts";
import { createRegistry } from "../../src/worker/index.ts";
import { startNodeWithPool } from "../e2e/node-with-pool.ts";

const bundles = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".mjs"));

async function start(bundle: string) {
  const module = join(import.meta.dirname, bundle);
  const exported: Record<string, unknown> = await import(module);
  const { manifests } = createRegistry(Object.values(exported).filter(isTask));
  const started = await startNodeWithPool({ module, manifests });
  onTestFinished(() => started.stop());
  return started;
}

describe.each(bundles)("a bundle made with %s", (bundle) => {
  it("waits, records steps, starts children, keeps what it should over attempts and replays", async () => {
    const { trigger, ended, node, seen } = await start(bundle);
    const payload = { at: new Date(0), names: new Set(["a"]) };
    const runId = await trigger("everything", payload);
    const { status, output } = await ended(runId);
    expect([seen.problems, status]).toEqual([[], "completed"]);
    expect(output).toEqual({
      ...payload,
      key: true,
      one: { n: 2, depth: 1 },
      several: [true, false],
      unwrapped: true,
      polled: { n: 6, depth: 1 },
      attempt: 2,
    });
    const run = await node.calls.retrieve({ runId });
    expect([run.tags, JSON.parse(run.metadata ?? "")]).toMatchObject([["seen"], { progress: 0.5 }]);
    expect(seen.logs).toContainEqual({ message: "begun" });
    expect(seen.logs).toContainEqual({ message: "waited", properties: { names: ["a"] } });
  });

  it("undoes what failed", async () => {
    const { trigger, ended, node } = await start(bundle);
    const runId = await trigger("undone");
    expect(await ended(runId)).toMatchObject({ status: "failed", attempt: 1 });
    const { metadata } = await node.calls.retrieve({ runId });
    expect(JSON.parse(metadata ?? "")).toMatchObject({ undone: "receipt", rolledBack: true });
  });

  it("checks payloads by its schemas", async () => {
    const { trigger, ended } = await start(bundle);
    expect(await ended(await trigger("checked", 4))).toMatchObject({ status: "completed", output: 8 });
    expect(await ended(await trigger("checked", "4"))).toMatchObject({ status: "failed" });
  });
});
