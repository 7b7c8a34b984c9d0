import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { buildProject, makeProject, taskFile } from "../../test/build/project.ts";
import { errorOf } from "../../test/store/open-toy.ts";
import type { BuildOptions } from "./index.ts";

/** The error of a build, which must leave nothing behind and show no stack. */
async function refusal(files: Record<string, string>, options: Partial<BuildOptions> = {}) {
  const root = makeProject(files);
  const error = await errorOf(buildProject(root, options));
  expect(error.message).not.toMatch(/^\s+at /m);
  expect(readdirSync(join(root, ".perdure/versions"))).toEqual([]);
  return error;
}

describe("task files are refused that", () => {
  it("throw, by the file and the line", async () => {
    const error = await refusal({
      "trigger/a.ts": taskFile("a", "1", 'import "../lib/key.ts";'),
      "lib/key.ts": 'type Key = string;\n\nthrow new Error("There is no key");',
    });
    expect(error).toMatchObject({
      code: "TASK_FILE_THREW",
      details: { where: "lib/key.ts:3:7", problem: "There is no key" },
    });
  });

  it("throw in a package, by the line of the project that led there", async () => {
    const error = await refusal({
      "trigger/a.ts": 'import { task } from "perdure";\n\nexport const a = task({ id: "", run: async () => 1 });',
    });
    expect(error).toMatchObject({ code: "TASK_FILE_THREW", details: { where: "trigger/a.ts:3:18" } });
  });

  it("throw after an await", async () => {
    const error = await refusal({
      "trigger/a.ts":
        'import { readFile } from "node:fs/promises";\n\nexport const prompt = await readFile("prompt.txt");',
    });
    expect(error).toMatchObject({
      code: "TASK_FILE_THREW",
      details: { where: expect.stringMatching(/^trigger\/a\.ts:3:/), problem: expect.stringContaining("ENOENT") },
    });
  });

  it.each(['throw "words"', "Promise.reject(new Error('words')); await new Promise((r) => setTimeout(r, 5000))"])(
    "do this: %s",
    async (code) => {
      const error = await refusal({ "trigger/a.ts": `${taskFile("a")}${code};` });
      expect(error).toMatchObject({ code: "TASK_FILE_THREW", details: { problem: "words" } });
    },
  );

  it("export no task", async () => {
    const error = await refusal({ "trigger/a.ts": "export const a = { id: 1 };" });
    expect(error).toMatchObject({ code: "TASKS_NOT_EXPORTED" });
  });

  it("have two tasks with one id", async () => {
    const error = await refusal({ "trigger/a.ts": taskFile("same"), "trigger/b.ts": taskFile("same") });
    expect(error).toMatchObject({
      code: "TASK_DUPLICATE",
      details: { task: "same", where: expect.stringMatching(/trigger\/a\.ts.*trigger\/b\.ts/) },
    });
  });

  it.each(["for (;;);", "setInterval(() => {}, 1000); await new Promise(() => {});"])("hang: %s", async (code) => {
    const error = await refusal({ "trigger/a.ts": `${taskFile("a")}${code}` }, { indexTimeoutMs: 1_500 });
    expect(error).toMatchObject({ code: "TASK_FILES_HUNG", details: { seconds: 1.5 } });
  });

  it.each([
    { code: "process.exit(0);", how: "with exit code 0" },
    { code: "process.exit(7);", how: "with exit code 7" },
    { code: 'process.kill(process.pid, "SIGKILL");', how: "by the signal SIGKILL" },
    { code: "await new Promise(() => {});", how: "at an await that never settles" },
  ])("end the process: $code", async ({ code, how }) => {
    const error = await refusal({ "trigger/a.ts": `${taskFile("a")}${code}` });
    expect(error).toMatchObject({ code: "TASK_FILES_EXITED", details: { how } });
  });
});

describe("task files are imported", () => {
  it("in the project's folder, with the tasks' variables and without ours", async () => {
    vi.stubEnv("PERDURE_ENCRYPTION_KEY", "secret");
    vi.stubEnv("NODE_OPTIONS", "");
    const root = makeProject({
      "trigger/a.ts": `import { writeFileSync } from "node:fs";\nwriteFileSync("seen.json", JSON.stringify(process.env));\n${taskFile("a")}`,
    });
    await buildProject(root, { variables: { TASK_KEY: "mine" } });
    const { default: seen } = await import(join(root, "seen.json"), { with: { type: "json" } });
    expect(seen).toMatchObject({ TASK_KEY: "mine", PATH: process.env["PATH"] });
    expect(seen).not.toHaveProperty("PERDURE_ENCRYPTION_KEY");
    expect(seen).not.toHaveProperty("NODE_OPTIONS");
  });

  it("and the process is ended, whatever they print and leave running", async () => {
    const root = makeProject({
      "trigger/a.ts": `import { spawn } from "node:child_process";
        process.send?.({ kind: "loaded", tasks: [] });
        console.log("x".repeat(1_000_000));
        console.error("x".repeat(1_000_000));
        setInterval(() => {}, 1000);
        process.on("SIGTERM", () => {});
        ${taskFile("a", "1", 'import { writeFileSync } from "node:fs"; writeFileSync("pid", String(process.pid));')}
        spawn("sleep", ["2"], { stdio: "inherit" });`,
    });
    const { version } = await buildProject(root);
    expect(version.tasks).toMatchObject([{ id: "a" }]);
    const pid = Number(readFileSync(join(root, "pid"), "utf8"));
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});
