/** On Bun not every effect can be found, so what would need that is refused there, before anything is started. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { effectPolicy } from "../../src/core/effect-mode.ts";
import { makeProject, writeFiles } from "../build/project.ts";
import { perdure, startDev } from "./dev-process.ts";
import { start } from "./pool-place.ts";

vi.setConfig({ testTimeout: 60_000 });
const BIN = resolve(import.meta.dirname, "../../node_modules/.bin");
const VARIABLES = { PATH: `${BIN}:${process.env["PATH"]}`, PERDURE_SECRET_KEY: "a-secret-key-of-tests" };
const BUN = 'export default { runtime: "bun" };\n';
const MODEST = 'export default { runtime: "bun", effects: "steps-only" };\n';

/** Tasks that return whether they run on Bun: `open` with effects as said. */
const tasks = (effects: string) => `import { task } from "perdure";
const run = async () => process.versions["bun"] !== undefined;
export const modest = task({ id: "modest", effects: "steps-only", run });
export const open = task({ id: "open", ${effects} run });
`;

describe("perdure start on Bun", () => {
  it.each([
    ["says nothing, nor does the configuration", "", BUN],
    ["says so itself", 'effects: { mode: "strict" },', MODEST],
  ])("refuses a task that %s", async (_, effects, config) => {
    const root = makeProject({ "tasks/t.ts": tasks(effects), "perdure.config.ts": config });
    const { code, out, err } = await perdure(root, ["start", "--port", "0"], VARIABLES).closed;
    expect([code, out]).toEqual([3, ""]);
    expect(err).toContain("EFFECTS_UNSUPPORTED");
    expect(err).toContain("recorded: open.");
    expect(err).toContain('effects: "steps-only"');
    expect(existsSync(join(root, ".perdure/perdure.db"))).toBe(false);
  });
});

describe("perdure dev on Bun", () => {
  it("shows which tasks it refuses, and serves them when that is mended", async () => {
    const root = makeProject({ "tasks/t.ts": tasks(""), "perdure.config.ts": BUN });
    const dev = startDev(root, [], VARIABLES);
    const told = await dev.find(({ code }) => code === "EFFECTS_UNSUPPORTED");
    expect(told.message).toContain("recorded: open.");
    writeFiles(root, { "perdure.config.ts": MODEST });
    await dev.ready();
    const { code, out } = await dev.ask("trigger", "open", "--wait", "--json");
    expect([code, (JSON.parse(out) as { output: unknown }).output]).toEqual([0, true]);
    expect(await dev.stop()).toMatchObject({ code: 0, err: "" });
  });
});

describe("a worker process on Bun", () => {
  it("does not start with tasks that it would execute wrongly", async () => {
    vi.stubEnv("PATH", VARIABLES.PATH);
    const { pool, seen } = await start({
      runtime: "bun",
      tasks: ["echo"],
      effects: effectPolicy(undefined, undefined, "auto"),
    });
    await vi.waitUntil(() => pool.state.failing !== undefined, { timeout: 30_000, interval: 20 });
    expect(pool.state.failing).toMatchObject({
      code: "WORKER_START_FAILED",
      message: expect.stringContaining("cannot run on Bun, where not every effect of their code can be recorded: echo"),
    });
    expect(seen.lost).toEqual([]);
  });
});

describe("an instance in a process of Bun", () => {
  it.each([
    ["createPerdure", "embedded", '{ db: ":memory:", tasks }'],
    ["createTestPerdure", "testing", "{ tasks }"],
  ])("%s refuses effects that it cannot record, and runs tasks otherwise", async (create, room, options) => {
    const at = (path: string) => JSON.stringify(pathToFileURL(resolve(import.meta.dirname, "../../src", path)).href);
    const root = makeProject({
      "program.mjs": `import { task } from ${at("sdk/index.ts")};
import { ${create} } from ${at(`${room}/index.ts`)};
const tasks = [task({ id: "hello", run: () => "hello" })];
const refusal = await ${create}({ ...${options}, effects: "auto" }).catch((error) => [error.code, error.details]);
const perdure = await ${create}({ ...${options}, effects: "steps-only" });
const started = perdure.tasks.trigger(tasks[0]);
const run = perdure.untilFinal === undefined ? await perdure.runs.poll(await started) : await perdure.run(tasks[0]);
console.log(JSON.stringify({ refusal, output: run.output }));
await perdure.stop();
`,
    });
    const { stdout } = await promisify(execFile)(join(BIN, "bun"), ["program.mjs"], { cwd: root });
    expect(JSON.parse(stdout)).toEqual({ refusal: ["EFFECTS_UNSUPPORTED", { tasks: "hello" }], output: "hello" });
  });
});
