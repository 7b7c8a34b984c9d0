/** `perdure start` in projects of their own: real processes, versions, signals and kills. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createId } from "../../src/core/ids.ts";
import { createHttpClient } from "../../src/protocol/http-client.ts";
import { createRuns, createTasks } from "../../src/sdk/internal.ts";
import { createSystemEnv } from "../../src/system/index.ts";
import { makeProject, taskFile, writeFiles } from "../build/project.ts";

vi.setConfig({ testTimeout: 60_000 });
const KEY = "a-secret-key-of-tests";
const BIN = `${import.meta.dirname}/../../src/cli/bin.ts`;
const env = createSystemEnv();
const alive = new Set<ChildProcess>();
afterEach(() => {
  for (const child of alive) child.kill("SIGKILL");
});

interface Line {
  readonly level: string;
  readonly message: string;
  readonly [detail: string]: unknown;
}

/** The server as its supervisor starts it, and a client of it. */
function start(root: string, variables: Readonly<Record<string, string>> = {}, words: readonly string[] = []) {
  const given = { PATH: process.env["PATH"], PERDURE_SECRET_KEY: KEY, ...variables };
  const child = spawn(process.execPath, [BIN, "start", "--port", "0", ...words], {
    cwd: root,
    env: given,
    stdio: "pipe",
  });
  alive.add(child);
  const lines: Line[] = [];
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  createInterface({ input: child.stdout }).on("line", (text) => lines.push(JSON.parse(text) as Line));
  const closed = once(child, "close").then(([code]) => code as number | null);
  void closed.then(() => alive.delete(child));
  const said = (message: string) =>
    vi.waitUntil(() => lines.find((line) => line.message === message), {
      timeout: 30_000,
      interval: 20,
    }) as Promise<Line>;
  return {
    child,
    lines,
    said,
    closed,
    get err() {
      return err;
    },
    async client() {
      const { url } = await said("Perdure is ready.");
      const calls = createHttpClient({ url: String(url), secretKey: KEY, env });
      const client = () => ({ calls, newId: (kind: "run" | "batch") => createId(kind, env) });
      return { runs: createRuns(client), tasks: createTasks(client, (id) => ({ id })) };
    },
    async stop() {
      child.kill("SIGTERM");
      return closed;
    },
  };
}

/** A task that has a step with an effect, waits until a file is there, and says which code it is. */
const patient = (name: string) => `import { existsSync, appendFileSync } from "node:fs";
import { step, task, wait } from "perdure";
export const patient = task({
  id: "patient",
  run: async ({ effects, gate }: { effects: string; gate: string }) => {
    await step.run("first", () => appendFileSync(effects, "${name}\\n"));
    for (let look = 0; !(await step.run("look", () => existsSync(gate), { key: look })); look++) await wait.for("200ms");
    return "${name}";
  },
});
`;

describe("perdure start", () => {
  it("runs the tasks of the project in this folder, and stops when it is told to", async () => {
    const root = makeProject({
      "tasks/hello.ts": taskFile("hello", '"hello " + process.env["GREETED"]', "console.log('loaded');"),
    });
    writeFileSync(join(root, "perdure.config.ts"), 'export default { variables: ["GREETED"] };');
    const server = start(root, { GREETED: "world", OTHER: "x" });
    const { runs, tasks } = await server.client();
    const run = await runs.poll(await tasks.trigger("hello", undefined));
    expect([run.status, run.output, run.version]).toEqual(["completed", "hello world", expect.stringMatching(/^v_/)]);
    expect(server.lines).toContainEqual(expect.objectContaining({ message: "loaded", stream: "stdout" }));
    expect(statSync(join(root, ".perdure")).mode & 0o777).toBe(0o700);
    expect(await server.stop()).toBe(0);
    expect([server.err, server.lines.at(-1)?.message]).toEqual(["", "Perdure has stopped."]);
  });

  it("lets tasks make tokens for pages, gives them no keys, and keeps its limits", async () => {
    const curious = `import { auth, keys, task } from "perdure";
export const curious = task({
  id: "curious",
  run: async () => ({
    token: await auth.createPublicToken({ scopes: { read: { tasks: "curious" } } }),
    refusals: await Promise.all(
      [keys.create({ name: "mine" }), keys.list(), keys.revoke("key_1")].map((asked) => asked.catch(({ code }) => code)),
    ),
  }),
});
`;
    const server = start(makeProject({ "tasks/curious.ts": curious }), {}, ["--rate-limit", "7"]);
    const { runs, tasks } = await server.client();
    const { id } = await tasks.trigger("curious", undefined);
    const { output } = await runs.poll<{ token: string; refusals: readonly string[] }>(id);
    expect(output?.refusals).toEqual(["ROOT_KEY_NEEDED", "ROOT_KEY_NEEDED", "ROOT_KEY_NEEDED"]);
    const { url } = await server.said("Perdure is ready.");
    const ask = (credential: string) =>
      fetch(`${String(url)}/api/v3/runs/${id}`, { headers: { authorization: `Bearer ${credential}` } });
    expect((await ask(output?.token ?? "")).status).toBe(200);
    expect((await ask(KEY)).headers.get("x-ratelimit-limit")).toBe("21");
    expect(await server.stop()).toBe(0);
  });

  it("goes on when nobody reads its log any more, and stops as ever", async () => {
    const server = start(makeProject({ "tasks/loud.ts": taskFile("loud", 'console.log("heard by nobody")') }));
    const { runs, tasks } = await server.client();
    server.child.stdout.destroy();
    server.child.stderr.destroy();
    expect((await runs.poll(await tasks.trigger("loud", undefined))).status).toBe("completed");
    expect((await runs.poll(await tasks.trigger("loud", undefined))).status).toBe("completed");
    expect(await server.stop()).toBe(0);
  });

  it("names the lines of the task files in what their tasks throw", async () => {
    const failing = `import { AbortTaskRunError, task } from "perdure";

export const failing = task({
  id: "failing",
  run: async () => {
    throw new AbortTaskRunError("not today");
  },
});
`;
    const server = start(makeProject({ "tasks/failing.ts": failing }));
    const { runs, tasks } = await server.client();
    const { error } = await runs.poll(await tasks.trigger("failing", undefined));
    expect(error?.stack).toMatch(/tasks\/failing\.ts:6:/);
    expect(await server.stop()).toBe(0);
  });

  it("lets runs go on under the code that they started with, and starts new ones under the new", async () => {
    const root = makeProject({ "tasks/patient.ts": patient("old") });
    const at = { effects: join(root, "effects"), gate: join(root, "gate") };
    const first = start(root);
    const before = await (await first.client()).tasks.trigger("patient", at);
    await vi.waitUntil(() => existsSync(at.effects), { timeout: 30_000 });
    expect(await first.stop()).toBe(0);

    writeFiles(root, { "tasks/patient.ts": patient("new") });
    const second = start(root);
    const { runs, tasks } = await second.client();
    const after = await tasks.trigger("patient", at);
    await vi.waitUntil(() => readFileSync(at.effects, "utf8").includes("new"), { timeout: 30_000 });
    writeFileSync(at.gate, "");
    const [old, fresh] = [await runs.poll(before), await runs.poll(after)];
    expect([old.output, old.attemptCount, fresh.output]).toEqual(["old", 1, "new"]);
    expect(old.version).not.toBe(fresh.version);
    expect(readFileSync(at.effects, "utf8")).toBe("old\nnew\n");
    expect(await second.stop()).toBe(0);
  });

  it("goes on after kill -9 of itself", async () => {
    const root = makeProject({ "tasks/patient.ts": patient("only") });
    const at = { effects: join(root, "effects"), gate: join(root, "gate") };
    const first = start(root);
    const client = await first.client();
    const handle = await client.tasks.trigger("patient", at);
    // Once it waits, its first step is on disk: a kill before that may repeat it.
    const waits = async () => (await client.runs.retrieve(handle.id)).status === "waiting";
    await vi.waitUntil(waits, { timeout: 30_000 });
    first.child.kill("SIGKILL");
    await first.closed;
    writeFileSync(at.gate, "");
    const second = start(root);
    const { runs } = await second.client();
    expect(await runs.poll(handle)).toMatchObject({ status: "completed", attemptCount: 1 });
    expect(readFileSync(at.effects, "utf8")).toBe("only\n");
    expect(await second.stop()).toBe(0);
  });

  it("says when a version is gone that runs belong to, and goes on when it is back", async () => {
    const root = makeProject({ "tasks/patient.ts": patient("old") });
    const at = { effects: join(root, "effects"), gate: join(root, "gate") };
    const first = start(root);
    const handle = await (await first.client()).tasks.trigger("patient", at);
    await vi.waitUntil(() => existsSync(at.effects), { timeout: 30_000 });
    await first.stop();
    const aside = join(root, "aside");
    renameSync(join(root, ".perdure/versions"), aside);
    writeFiles(root, { "tasks/patient.ts": patient("new") });
    const second = start(root);
    onTestFinished(async () => void (await second.stop()));
    await vi.waitUntil(() => second.lines.some((line) => line["code"] === "VERSION_MISSING"), { timeout: 30_000 });
    for (const version of readdirSync(aside))
      renameSync(join(aside, version), join(root, ".perdure/versions", version));
    writeFileSync(at.gate, "");
    expect((await (await second.client()).runs.poll(handle)).output).toBe("old");
    expect(second.lines.filter((line) => line["code"] === "VERSION_MISSING")).toHaveLength(1);
  });

  it.each<[string, Readonly<Record<string, string>>, Record<string, string>, readonly string[], number, string]>([
    ["without a key", {}, { PERDURE_SECRET_KEY: "" }, [], 3, "OPTION_INVALID: perdure start: PERDURE_SECRET_KEY"],
    ["without tasks", { "tasks/hello.ts": "" }, {}, [], 3, "TASKS_NOT_EXPORTED: "],
    [
      "with a task file that throws",
      { "tasks/a.ts": "throw new Error('no database')" },
      {},
      [],
      3,
      "TASK_FILE_THREW: tasks/a.ts:1",
    ],
    ["with a task file that does not parse", { "tasks/a.ts": "const =" }, {}, [], 3, "BUILD_FAILED: "],
    ["with a config that is none", { "perdure.config.ts": "export default 1" }, {}, [], 3, "CONFIG_INVALID: "],
    ["on a port that is none", {}, {}, ["--port", "70000"], 2, "USAGE: --port takes a whole number"],
    ["with words that are too much", {}, {}, ["now"], 2, "USAGE: start takes options only"],
  ])("%s ends with one sentence, a code and a cure", async (_, files, variables, words, code, message) => {
    const root = makeProject({ "tasks/hello.ts": taskFile("hello"), ...files });
    const server = start(root, variables, words);
    expect(await server.closed).toBe(code);
    expect(server.err.startsWith(message)).toBe(true);
    expect(server.err).not.toMatch(/\n\s+at /);
  });
});
