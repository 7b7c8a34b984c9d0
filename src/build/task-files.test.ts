import { describe, expect, it } from "vitest";
import { makeProject } from "../../test/build/project.ts";
import { errorOf } from "../../test/store/open-toy.ts";
import { findTaskFiles } from "./index.ts";

const project = (...paths: string[]) => makeProject(Object.fromEntries(paths.map((path) => [path, ""])));

describe("task files", () => {
  it("are the code in the usual folders, in one order, without tests, declarations and packages", async () => {
    const root = project(
      "trigger/z.ts",
      "trigger/a.tsx",
      "trigger/deep/er/b.mts",
      "tasks/c.cjs",
      "src/trigger/d.js",
      "src/tasks/e.jsx",
      "trigger/a.test.ts",
      "trigger/a.spec.mjs",
      "trigger/a.d.ts",
      "trigger/a.d.mts",
      "trigger/notes.md",
      "trigger/node_modules/x/index.js",
      "trigger/.cache/x.js",
      "lib/f.ts",
    );
    expect(await findTaskFiles(root)).toEqual([
      "src/tasks/e.jsx",
      "src/trigger/d.js",
      "tasks/c.cjs",
      "trigger/a.tsx",
      "trigger/deep/er/b.mts",
      "trigger/z.ts",
    ]);
  });

  it("are those of the named folders only, each once", async () => {
    const root = project("trigger/a.ts", "jobs/b.ts", "jobs/deep/c.ts");
    expect(await findTaskFiles(root, ["./jobs/", "jobs/deep"])).toEqual(["jobs/b.ts", "jobs/deep/c.ts"]);
  });

  it.each([
    { what: "no usual folder exists", root: () => project("lib/a.ts"), dirs: undefined, named: "src/trigger" },
    { what: "the folders are empty", root: () => project("tasks/a.md"), dirs: undefined, named: "tasks" },
    { what: "a named folder is missing", root: () => project("tasks/a.ts"), dirs: ["jobs"], named: "jobs" },
    { what: "no folder is named", root: () => project("tasks/a.ts"), dirs: [], named: "dirs" },
  ])("are asked for when $what", async ({ root, dirs, named }) => {
    expect(await errorOf(findTaskFiles(root(), dirs))).toMatchObject({
      code: "TASK_FILES_MISSING",
      details: { problem: expect.stringContaining(named) },
    });
  });
});
