/** `perdure dev` in projects of their own: real processes, edits, signals and kills. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { HELLO_TASK } from "../../src/cli/init-files.ts";
import { createId } from "../../src/core/ids.ts";
import { createHttpClient } from "../../src/protocol/http-client.ts";
import { createRuns, createTasks } from "../../src/sdk/internal.ts";
import { makeProject, realEnv, taskFile, writeFiles } from "../build/project.ts";
import { perdure, startDev } from "./dev-process.ts";

vi.setConfig({ testTimeout: 90_000 });

const CHANGED = "Runs start under another version.";
const ENDED = "A run ended.";
const serverFile = (root: string) => join(root, ".perdure/server.json");

/** A task that has an effect, waits until a file is there, and says which code it is. */
const patient = (name: string) => `import { appendFileSync, existsSync } from "node:fs";
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

function patientProject() {
  const root = makeProject({ "tasks/patient.ts": patient("old") });
  const at = { effects: join(root, "effects"), gate: join(root, "gate") };
  const has = (name: string) =>
    vi.waitUntil(() => existsSync(at.effects) && readFileSync(at.effects, "utf8").includes(name), { timeout: 30_000 });
  return { root, payload: JSON.stringify(at), open: () => writeFileSync(at.gate, ""), has, at };
}

const outputOf = ({ out }: { readonly out: string }) => (JSON.parse(out) as { output: unknown }).output;

describe("perdure dev", () => {
  it("shows the first run of a new project, and what to paste for it", async () => {
    const root = makeProject({});
    expect(await perdure(root, ["init"]).closed).toMatchObject({ code: 0 });
    const dev = perdure(root, ["dev", "--port", "0"]);
    await vi.waitUntil(() => dev.said.out.includes("Start a run:"), { timeout: 30_000 });
    expect(dev.said.out).toContain(`npx perdure trigger hello --payload '{"name":"you"}'\n`);
    const run = (await perdure(root, ["trigger", "hello", "--payload", '{"name":"you"}']).closed).out.trim();
    await vi.waitUntil(() => dev.said.out.includes("completed"), { timeout: 30_000 });
    dev.child.kill("SIGINT");
    const { code, out, err } = await dev.closed;
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(
      new RegExp(`started +hello +${run}\n +hello │ Hello, you!\n.*completed +hello +${run}  .* s  \\{`),
    );
    expect(out).not.toContain("\u001b[");
  });

  it("warns of a package whose ids cannot be made again", async () => {
    const root = makeProject({
      "tasks/ids.ts": taskFile("ids", "nanoid()", 'import { nanoid } from "nanoid";'),
      "node_modules/nanoid/package.json": '{ "name": "nanoid", "version": "77.0.0" }',
      "node_modules/nanoid/index.js": "const pool = [1, 2];\nexports.nanoid = () => pool.shift();",
    });
    const dev = perdure(root, ["dev", "--port", "0"]);
    await vi.waitUntil(() => dev.said.out.includes("Start a run:"), { timeout: 30_000 });
    dev.child.kill("SIGINT");
    expect((await dev.closed).out).toContain("tasks/ids.ts:2:24: nanoid 77.0.0 draws chance for its ids ahead");
  });

  it("lets a run go on under the code that it started with when that is edited, and starts the next under the new", async () => {
    const { root, payload, open, has, at } = patientProject();
    const dev = startDev(root);
    await dev.ready();
    const before = (await dev.ask("trigger", "patient", "--payload", payload)).out.trim();
    await has("old");
    const change = dev.said(CHANGED);
    writeFiles(root, { "tasks/patient.ts": patient("new") });
    await change;
    const after = (await dev.ask("trigger", "patient", "--payload", payload)).out.trim();
    await has("new");
    open();
    const [old, fresh] = [
      await dev.ask("runs", "watch", before, "--json"),
      await dev.ask("runs", "watch", after, "--json"),
    ];
    expect([outputOf(old), outputOf(fresh)]).toEqual(["old", "new"]);
    expect(readFileSync(at.effects, "utf8")).toBe("old\nnew\n");
    expect(await dev.stop()).toMatchObject({ code: 0, err: "" });
  });

  it("has workers for every run that is triggered while versions change, and lets those of older versions go", async () => {
    const root = makeProject({ "tasks/count.ts": taskFile("count", "0") });
    const dev = startDev(root);
    const { url } = await dev.ready();
    const { secretKey } = JSON.parse(readFileSync(serverFile(root), "utf8")) as { secretKey: string };
    const calls = createHttpClient({ url: String(url), secretKey, env: realEnv });
    const client = () => ({ calls, newId: (kind: "run" | "batch") => createId(kind, realEnv) });
    const [runs, tasks] = [createRuns(client), createTasks(client, (id) => ({ id }))];
    const ids: string[] = [];
    let isOver = false;
    const triggering = (async () => {
      while (!isOver) ids.push((await tasks.trigger("count", undefined)).id);
    })();
    for (const n of [1, 2, 3]) {
      const change = dev.said(CHANGED);
      writeFiles(root, { "tasks/count.ts": taskFile("count", String(n)) });
      await change;
    }
    isOver = true;
    await triggering;
    const ended = await Promise.all(ids.map((id) => runs.poll(id)));
    expect(ended.every(({ status, attemptCount }) => status === "completed" && attemptCount === 1)).toBe(true);
    expect([...new Set(ended.map(({ output }) => output))].sort()).toEqual([0, 1, 2, 3]);
    const workers = () =>
      execFileSync("ps", ["-A", "-o", "ppid=,args="], { encoding: "utf8" })
        .split("\n")
        .filter((line) => Number.parseInt(line, 10) === dev.child.pid && line.includes("/worker/process")).length;
    await vi.waitUntil(() => workers() === 1, { timeout: 30_000, interval: 100 });
    expect(await dev.stop()).toMatchObject({ code: 0, err: "" });
  });

  it("tells what keeps the project from building, goes on with the version before, and takes the next one that builds", async () => {
    const root = makeProject({ "tasks/hello.ts": taskFile("hello", '"one"') });
    const dev = startDev(root);
    await dev.ready();
    const told = dev.find(({ code }) => code === "BUILD_FAILED");
    writeFiles(root, { "tasks/hello.ts": "export const = 1;\n" });
    expect((await told).message).toContain("tasks/hello.ts:1:14:");
    expect(outputOf(await dev.ask("trigger", "hello", "--wait", "--json"))).toBe("one");
    const change = dev.said(CHANGED);
    // As editors save: another file takes the place of the old one.
    writeFiles(root, { "tasks/hello.ts~": taskFile("hello", '"two"') });
    renameSync(join(root, "tasks/hello.ts~"), join(root, "tasks/hello.ts"));
    await change;
    expect(outputOf(await dev.ask("trigger", "hello", "--wait", "--json"))).toBe("two");
    expect(dev.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    await dev.stop();
  });

  it("notices files and folders that are new or gone, and neighbours that tasks import", async () => {
    const root = makeProject({
      "tasks/a.ts": `import { task } from "perdure";\nimport { word } from "../lib/word.ts";\nexport const a = task({ id: "a", run: () => word });\n`,
      "lib/word.ts": 'export const word = "first";',
    });
    const dev = startDev(root);
    await dev.ready();
    const edits: readonly (readonly [() => void, readonly string[]])[] = [
      [() => writeFiles(root, { "lib/word.ts": 'export const word = "second";' }), ["a"]],
      [() => writeFiles(root, { "tasks/b.ts": taskFile("b") }), ["a", "b"]],
      [() => writeFiles(root, { "tasks/deep/er/c.ts": taskFile("c") }), ["a", "b", "c"]],
      [() => writeFiles(root, { "tasks/deep/er/c.ts": taskFile("c2") }), ["a", "b", "c2"]],
      [() => rmSync(join(root, "tasks/deep"), { recursive: true }), ["a", "b"]],
      [() => writeFiles(root, { "tasks/deep/er/c.ts": taskFile("c3") }), ["a", "b", "c3"]],
    ];
    for (const [edit, tasks] of edits) {
      const from = dev.lines.length;
      edit();
      const isIt = (line: { message: string; tasks?: unknown }) =>
        line.message === CHANGED && JSON.stringify(line.tasks) === JSON.stringify(tasks);
      await dev.find(isIt, from);
    }
    expect(outputOf(await dev.ask("trigger", "a", "--wait", "--json"))).toBe("second");
    rmSync(join(root, "tasks"), { recursive: true });
    await dev.find(({ code }) => code === "TASK_FILES_MISSING");
    expect(outputOf(await dev.ask("trigger", "a", "--wait", "--json"))).toBe("second");
    const change = dev.said(CHANGED);
    mkdirSync(join(root, "tasks"));
    writeFiles(root, { "tasks/back.ts": taskFile("back") });
    expect((await change)["tasks"]).toEqual(["back"]);
    await dev.stop();
  });

  it("takes over the configuration, the variables of .env, and says how tasks are given others", async () => {
    const read = `import { task } from "perdure";
export const read = task({ id: "read", run: () => [process.env["FROM_FILE"], process.env["NAMED"], process.env["KEPT"]].join() });
`;
    const root = makeProject({
      "tasks/read.ts": read,
      ".env": "FROM_FILE=1\nNAMED=file\nPERDURE_SECRET_KEY=of-the-project-itself",
    });
    writeFiles(root, { "perdure.config.ts": 'export default { variables: ["FROM_FILE"] };' });
    const dev = startDev(root, [], { NAMED: "outside", KEPT: "secret" });
    await dev.ready();
    const value = async () => outputOf(await dev.ask("trigger", "read", "--wait", "--json"));
    expect(await value()).toBe("1,outside,");
    await dev.find(({ code, message }) => code === "VARIABLE_NOT_NAMED" && /KEPT.*no value/.test(message));
    await dev.find(({ code, message }) => code === "VARIABLE_NOT_NAMED" && /NAMED.*only perdure dev/.test(message));
    expect(dev.lines.some(({ message }) => message.includes("variable FROM_FILE"))).toBe(false);
    expect(JSON.parse(readFileSync(serverFile(root), "utf8"))).toMatchObject({ secretKey: "of-the-project-itself" });
    const change = dev.said(CHANGED);
    writeFiles(root, { "perdure.config.ts": 'export default { variables: ["FROM_FILE", "NAMED", "KEPT"] };' });
    await change;
    expect(await value()).toBe("1,outside,secret");
    const another = dev.said(CHANGED);
    writeFiles(root, { ".env": "FROM_FILE=2" });
    await another;
    expect(await value()).toBe("2,outside,secret");
    await dev.stop();
  });

  it("runs tasks as its configuration says where they say nothing", async () => {
    const root = makeProject({
      "tasks/t.ts": `import { task } from "perdure";
export const failing = task({ id: "failing", run: ({ }, { ctx }) => { throw new Error(\`attempt \${ctx.attempt.number} of \${ctx.run.maxAttempts}, \${ctx.run.maxDuration} s\`); } });
`,
      "perdure.config.ts": `import { defineConfig } from "perdure";
export default defineConfig({ retry: { maxAttempts: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1 }, maxDuration: 77 });
`,
    });
    const dev = startDev(root);
    await dev.ready();
    const { code, out } = await dev.ask("trigger", "failing", "--payload", "{}", "--wait", "--json");
    expect([code, (JSON.parse(out) as { error: { message: string } }).error.message]).toEqual([
      1,
      "attempt 2 of 2, 77 s",
    ]);
    await dev.said(ENDED, 0);
    expect(
      dev.lines.map(({ message, error }) => (error === undefined ? message : `${message} ${JSON.stringify(error)}`)),
    ).toEqual([
      "Perdure is ready.",
      "A run started.",
      expect.stringMatching(/^An attempt failed; another follows\. .*attempt 1 of 2, 77 s.*tasks\/t\.ts:2:/),
      expect.stringMatching(/^A run ended\. .*attempt 2 of 2, 77 s.*tasks\/t\.ts:2:/),
    ]);
    await dev.stop();
  });
});

describe("the end of perdure dev", () => {
  it("leaves nothing behind at Ctrl-C, burns no attempt, and the next start goes on", async () => {
    const { root, payload, open, has } = patientProject();
    const first = startDev(root);
    const { url } = await first.ready();
    expect(JSON.parse(readFileSync(serverFile(root), "utf8"))).toMatchObject({ url, pid: first.child.pid });
    expect(statSync(serverFile(root)).mode & 0o777).toBe(0o600);
    const run = (await first.ask("trigger", "patient", "--payload", payload)).out.trim();
    await has("old");
    expect(await first.stop()).toMatchObject({ code: 0, err: "" });
    expect(existsSync(serverFile(root))).toBe(false);
    open();
    const second = startDev(root);
    await second.ready();
    const { out } = await second.ask("runs", "watch", run, "--json");
    expect(JSON.parse(out)).toMatchObject({ status: "completed", output: "old", attemptCount: 1 });
    await second.stop();
  });

  it("may come by kill -9: commands say so, and the next start goes on", async () => {
    const { root, payload, open, has, at } = patientProject();
    const first = startDev(root);
    await first.ready();
    const run = (await first.ask("trigger", "patient", "--payload", payload)).out.trim();
    await has("old");
    // Once it waits, its step is recorded.
    const status = async () =>
      (JSON.parse((await first.ask("runs", "get", run, "--json")).out) as { status: string }).status;
    await vi.waitUntil(async () => (await status()) === "waiting", { timeout: 30_000 });
    await first.stop("SIGKILL");
    const gone = await first.ask("runs", "list");
    expect([gone.code, gone.err]).toEqual([4, expect.stringMatching(/^SERVER_NOT_RUNNING: .*npx perdure dev/)]);
    open();
    const second = startDev(root);
    await second.ready();
    const { out } = await second.ask("runs", "watch", run, "--json");
    expect(JSON.parse(out)).toMatchObject({ status: "completed", output: "old", attemptCount: 1 });
    expect(readFileSync(at.effects, "utf8")).toBe("old\n");
    await second.stop();
  });

  it.each([".perdure", "."])("comes when the folder %s is deleted, with a sentence", async (folder) => {
    const root = makeProject({ "tasks/hello.ts": taskFile("hello") });
    const dev = startDev(root);
    await dev.ready();
    rmSync(join(root, folder), { recursive: true });
    const { code, err } = await dev.closed;
    expect([code, err]).toEqual([3, expect.stringMatching(/"code":"PROJECT_GONE"/)]);
    expect(err).not.toMatch(/\n\s+at /);
  });
});

describe("what goes wrong with perdure dev", () => {
  it.each<[string, Readonly<Record<string, string>>, readonly string[], number, string]>([
    ["what is no project", { "tasks/.keep": "" }, [], 3, "TASK_FILES_MISSING: .*npx perdure init"],
    ["words that are too much", {}, ["now"], 2, "USAGE: dev takes options only"],
    [
      "a key that is too short",
      { "tasks/a.ts": taskFile("a"), ".env": "PERDURE_SECRET_KEY=short" },
      [],
      3,
      "OPTION_INVALID: .env: ",
    ],
    [
      "a port that is none",
      { "tasks/a.ts": taskFile("a") },
      ["--port", "70000"],
      2,
      "USAGE: --port takes a whole number",
    ],
    [
      "a database that cannot be",
      { "tasks/a.ts": taskFile("a") },
      ["--db", "/nowhere/at/all.db"],
      3,
      "DATABASE_UNREADABLE: ",
    ],
  ])("%s ends it with one sentence, a code and a cure", async (_, files, words, code, message) => {
    const root = makeProject(files);
    const { code: given, err } = await perdure(root, ["dev", ...words]).closed;
    expect([given, err]).toEqual([code, expect.stringMatching(new RegExp(`^${message}`))]);
    expect(err).not.toMatch(/\n\s+at /);
    expect(existsSync(join(root, ".perdure/versions"))).toBe(code !== 2 && "tasks/a.ts" in files && !(".env" in files));
  });

  it.each<[string, Readonly<Record<string, string>>, string, string]>([
    [
      "a configuration that does not parse",
      { "perdure.config.ts": "export default {" },
      "CONFIG_INVALID",
      "perdure.config.ts:1:17",
    ],
    [
      "a configuration with an unknown option",
      { "perdure.config.ts": "export default { dir: 1 }" },
      "OPTION_UNSUPPORTED",
      "the option dir",
    ],
    [
      "a configuration with a wrong type",
      { "perdure.config.ts": "export default { retry: { maxAttempts: '3' } }" },
      "OPTION_INVALID",
      "perdure.config.ts, retry: maxAttempts",
    ],
    [
      "a task file that throws",
      { "tasks/hello.ts": "\nthrow new Error('no database');" },
      "TASK_FILE_THREW",
      "tasks/hello.ts:2:7 .*no database",
    ],
    [
      "a task file that misses a variable",
      { "tasks/hello.ts": "if (!process.env.API_KEY) throw new Error('no key');" },
      "TASK_FILE_THREW",
      "API_KEY.*variables",
    ],
    ["task files without a task", { "tasks/hello.ts": "export const x = 1;" }, "TASKS_NOT_EXPORTED", "export no task"],
    [
      "perdure missing",
      { "tasks/hello.ts": 'import "perdure";', "node_modules/perdure/package.json": '{"exports":{}}' },
      "SDK_NOT_INSTALLED",
      "perdure",
    ],
  ])("%s is told, and mended without another start", async (_, files, code, problem) => {
    const root = makeProject({ "tasks/hello.ts": taskFile("hello"), ...files });
    const dev = startDev(root, [], { API_KEY: "x" });
    const told = await dev.find(({ level }) => level === "error");
    expect([told["code"], told.message]).toEqual([expect.stringMatching(code), expect.stringMatching(problem)]);
    expect(told.message).not.toMatch(/\n\s+at /);
    rmSync(join(root, "perdure.config.ts"), { force: true });
    const exports = { ".": "./src/sdk/index.ts" };
    writeFiles(root, {
      "node_modules/perdure/package.json": JSON.stringify({ name: "perdure", type: "module", exports }),
      "tasks/hello.ts": taskFile("hello"),
    });
    await dev.ready();
    expect(await dev.stop()).toMatchObject({ code: 0, err: "" });
  });

  it("a port that is taken is left for the next one, unless it was asked for", async () => {
    const taken = createServer();
    onTestFinished(() => void taken.close());
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => resolve((taken.address() as { port: number }).port));
    });
    const root = makeProject({ "tasks/a.ts": taskFile("a") });
    const asked = await perdure(root, ["dev", "--port", String(port)]).closed;
    expect([asked.code, asked.err]).toEqual([3, expect.stringMatching(/^SERVER_ADDRESS_TAKEN: /)]);
    const usual = createServer();
    onTestFinished(() => void usual.close());
    // Whoever has it, it is taken.
    await new Promise((resolve) => usual.on("error", resolve).listen(3400, "127.0.0.1", () => resolve(undefined)));
    const dev = perdure(root, ["dev"]);
    await vi.waitUntil(() => dev.said.out.includes("Start a run:"), { timeout: 30_000 });
    expect(dev.said.out).toMatch(/ at http:\/\/127\.0\.0\.1:34(?:0[1-9]|1\d), /);
    dev.child.kill("SIGINT");
    expect(await dev.closed).toMatchObject({ code: 0, err: "" });
  });

  it("a second one in the same folder is told of the first", async () => {
    const root = makeProject({ "tasks/a.ts": taskFile("a") });
    const dev = startDev(root);
    const { url } = await dev.ready();
    const second = await perdure(root, ["dev"]).closed;
    const sentence = `SERVER_RUNNING: Perdure is running in ${root} already: ${url}, pid ${dev.child.pid}.`;
    expect([second.code, second.err]).toEqual([3, expect.stringContaining(sentence)]);
    expect(existsSync(serverFile(root))).toBe(true);
    const elsewhere = makeProject({ "tasks/a.ts": taskFile("a") });
    const third = await perdure(elsewhere, ["dev", "--db", join(root, ".perdure/perdure.db")]).closed;
    expect([third.code, third.err]).toEqual([
      3,
      expect.stringMatching(/^DATABASE_LOCKED: .*in use by another process/),
    ]);
    await dev.stop();
  });

  it("a worker that dies at its start is told once, and the version before goes on", async () => {
    const root = makeProject({ "tasks/a.ts": taskFile("a", '"good"') });
    const dev = perdure(root, ["dev", "--port", "0"]);
    await vi.waitUntil(() => dev.said.out.includes("Start a run:"), { timeout: 30_000 });
    // Where the tasks are looked up nothing is wrong; where they run it is.
    const dying =
      'if (process.send === undefined && process.execArgv.length > 0 && !process.argv[1]?.includes("index-process")) process.exit(7);';
    writeFiles(root, { "tasks/a.ts": taskFile("a", '"bad"', dying) });
    await vi.waitUntil(() => dev.said.out.includes("The version before goes on."), { timeout: 60_000 });
    const run = await perdure(root, ["trigger", "a", "--wait", "--json"]).closed;
    expect(outputOf(run)).toBe("good");
    expect(dev.said.out.match(/exit code 7/g)).toHaveLength(1);
    dev.child.kill("SIGINT");
    expect(await dev.closed).toMatchObject({ code: 0, err: "" });
  });
});

describe("the first task of a new project", () => {
  it("is the one that the examples show", () => {
    expect(HELLO_TASK).toBe(readFileSync(join(import.meta.dirname, "../../examples/first-task.ts"), "utf8"));
  });
});
