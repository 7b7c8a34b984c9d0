import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildProject, makeProject, realEnv, taskFile, writeFiles } from "../../test/build/project.ts";
import type { TaskCall } from "../../test/build/run-task.ts";
import { errorOf } from "../../test/store/open-toy.ts";
import { type BuiltVersion, indexVersion, readVersion } from "./index.ts";

const RUN_TASK = join(import.meta.dirname, "../../test/build/run-task.ts");

/** What a task of a version does in a process of its own. */
function run({ folder }: BuiltVersion, task: string): TaskCall {
  const args = ["--enable-source-maps", RUN_TASK, join(folder, "index.mjs"), task];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as TaskCall;
}

const build = (files: Record<string, string>) => buildProject(makeProject(files));

describe("a version holds", () => {
  it("the tasks of all files, whatever they and their names are exported as", async () => {
    const built = await build({
      "trigger/a.ts": `import { task } from "perdure";
        export default task({ id: "a", retry: { maxAttempts: 2 }, maxDuration: 60, run: async () => "A" });
        export const same = 1;`,
      "trigger/b.ts": `${taskFile("b")}export { b as again };\nexport { default as other } from "./a.ts";\nexport const same = 2;`,
      "trigger/c.cjs": 'const { task } = require("perdure");\nexports.c = task({ id: "c", run: async () => "C" });',
    });
    expect(built).toMatchObject({
      isNew: true,
      version: {
        createdFrom: ["trigger/a.ts", "trigger/b.ts", "trigger/c.cjs"],
        externals: [],
        tasks: [
          { id: "a", queue: { name: "task/a" }, retry: { maxAttempts: 2 }, maxDurationSeconds: 60 },
          { id: "b" },
          { id: "c" },
        ],
      },
    });
    expect(readdirSync(built.folder).sort()).toEqual(["index.mjs", "index.mjs.map", "version.json"]);
    expect(await readVersion(built.folder)).toEqual(built.version);
    expect(["a", "b", "c"].map((task) => run(built, task).output)).toEqual(["A", "done", "C"]);
  });

  it("JSX, JSON and what the paths of tsconfig.json lead to", async () => {
    const built = await build({
      "tsconfig.json": '{ "compilerOptions": { "paths": { "@/*": ["./lib/*"] } } }',
      "lib/greet.ts": 'export const greet = (name: string): string => "Hello " + name;',
      "trigger/names.json": '{ "first": "Ada" }',
      "trigger/mail.tsx": taskFile(
        "mail",
        "<p>{greet(names.first)}</p>",
        'import { greet } from "@/greet";\nimport names from "./names.json";',
      ),
      "node_modules/react/package.json": '{ "name": "react", "version": "1.0.0" }',
      "node_modules/react/jsx-runtime.js": "exports.jsx = (type, props) => ({ type, ...props });",
    });
    expect(run(built, "mail").output).toEqual({ type: "p", children: "Hello Ada" });
  });

  it("packages of the workspace, in TypeScript as they are", async () => {
    const root = makeProject({
      "packages/shared/package.json": '{ "name": "@acme/shared", "exports": "./index.ts" }',
      "packages/shared/index.ts": "export const two: number = 2;",
      "trigger/a.ts": taskFile("a", "two", 'import { two } from "@acme/shared";'),
      "node_modules/@acme/.keep": "",
    });
    symlinkSync(join(root, "packages/shared"), join(root, "node_modules/@acme/shared"), "junction");
    const built = await buildProject(root);
    expect(run(built, "a").output).toBe(2);
    expect(built.version.externals).toEqual([]);
  });

  it("CommonJS packages, which find require, __filename and __dirname, beside modules that declare their own", async () => {
    const built = await build({
      "node_modules/old/package.json": '{ "name": "old", "version": "1.0.0" }',
      "node_modules/old/index.js":
        'const name = "path"; module.exports = { join: require(name).join("a", "b"), place: __filename.startsWith(__dirname) };',
      "trigger/a.ts": taskFile(
        "a",
        '[old, require("node:os").EOL, typeof __filename]',
        `import { createRequire } from "node:module";
         import { fileURLToPath } from "node:url";
         import old from "old";
         const require = createRequire(import.meta.url);
         const __filename = fileURLToPath(import.meta.url);`,
      ),
    });
    expect(run(built, "a").output).toEqual([{ join: "a/b", place: true }, "\n", "string"]);
  });

  it("the files of the folders that the configuration names, above the project too", async () => {
    const root = makeProject({ "trigger/a.ts": taskFile("a"), "jobs/b.ts": taskFile("b") }, "workspace/app");
    writeFiles(join(root, ".."), {
      "shared/c.ts": "export const three: number = 3;",
      "shared/d.mjs": 'export { b } from "../app/jobs/b.ts";',
    });
    const { version } = await buildProject(root, { config: { dirs: ["jobs", "../shared"] } });
    expect(version).toMatchObject({
      createdFrom: ["../shared/c.ts", "../shared/d.mjs", "jobs/b.ts"],
      tasks: [{ id: "b" }],
    });
  });

  it("its own SDK", async () => {
    const { folder } = await build({ "trigger/a.ts": taskFile("a") });
    const text = readFileSync(join(folder, "index.mjs"), "utf8");
    expect(text).toContain('Symbol.for("perdure.host")');
    expect(text).not.toContain('from "perdure"');
  });
});

describe("a version leaves outside", () => {
  const addon = {
    "node_modules/top/package.json": '{ "name": "top", "version": "1.0.0", "dependencies": { "deep": "2.0.0" } }',
    "node_modules/top/index.js": 'module.exports = require("deep/lib");',
    "node_modules/top/node_modules/deep/package.json": '{ "name": "deep", "version": "2.0.0" }',
    "node_modules/top/node_modules/deep/lib/index.js": "module.exports = __filename;",
    "node_modules/top/node_modules/deep/build/Release/addon.node": "machine code",
    "trigger/a.ts": taskFile("a", "top", 'import top from "top";'),
  };

  it.each(["build/Release/addon.node", "binding.gyp", "prebuilds/linux-x64/a.txt"])(
    "packages with %s, and finds them wherever they and it lie",
    async (sign) => {
      const { "node_modules/top/node_modules/deep/build/Release/addon.node": text, ...others } = addon;
      const root = makeProject({ ...others, [`node_modules/top/node_modules/deep/${sign}`]: text });
      const built = await buildProject(root, { outDir: makeProject({}) });
      expect(built.version.externals).toEqual([{ name: "deep", version: "2.0.0" }]);
      expect(run(built, "a").output).toBe(join(root, "node_modules/top/node_modules/deep/lib/index.js"));
    },
  );

  it("packages that the configuration names, installed or not", async () => {
    const built = await build({
      "perdure.config.ts": 'export default { external: ["@acme/kept", "gone"] };',
      "node_modules/@acme/kept/package.json": '{ "name": "@acme/kept", "version": "3.1.0", "main": "main.js" }',
      "node_modules/@acme/kept/main.js": "module.exports = __dirname;",
      "trigger/a.ts": taskFile(
        "a",
        '[kept, await import("gone").catch((e) => e.code)]',
        'import kept from "@acme/kept";',
      ),
    });
    expect(built.version.externals).toEqual([
      { name: "@acme/kept", version: "3.1.0" },
      { name: "gone", version: null },
    ]);
    expect(run(built, "a").output).toEqual([
      join(built.folder, "../../../node_modules/@acme/kept"),
      "ERR_MODULE_NOT_FOUND",
    ]);
  });
});

describe("the id of a version", () => {
  const files = {
    "trigger/a.ts": taskFile("a", "x", 'import x from "../index.cjs";'),
    "index.cjs": "module.exports = 1;",
  };
  const idOf = async (root: string) => (await buildProject(root)).version.id;

  it("is the same for the same sources in any folder, at any depth", async () => {
    const ids = [
      await idOf(makeProject(files)),
      await idOf(makeProject(files, "renamed")),
      await idOf(makeProject(files, "far/away/from/here")),
    ];
    expect(ids[0]).toMatch(/^v_[0-9a-f]{20}$/);
    expect(new Set(ids).size).toBe(1);
  });

  it("changes with the code, the lock file and an external's version, and not with a comment", async () => {
    const external = (version: string) => ({
      "perdure.config.ts": 'export default { external: ["kept"] };',
      "node_modules/kept/package.json": `{ "name": "kept", "version": "${version}" }`,
      "node_modules/kept/index.js": "",
    });
    const root = makeProject({ ...files, ...external("1.0.0") });
    const ids = [await idOf(root)];
    const change = async (changes: Record<string, string>) => {
      writeFiles(root, changes);
      ids.push(await idOf(root));
    };
    await change({ "trigger/a.ts": `${taskFile("a", "x", 'import x from "../index.cjs";')}// A word.\n` });
    expect(ids[1]).toBe(ids[0]);
    await change({
      "trigger/a.ts": taskFile("a", "[x, kept]", 'import x from "../index.cjs"; import kept from "kept";'),
    });
    await change(external("1.0.1"));
    await change({ "pnpm-lock.yaml": "lockfileVersion: 9" });
    await change({ "pnpm-lock.yaml": "lockfileVersion: 10" });
    expect(new Set(ids).size).toBe(5);
  });

  it("heeds the lock file of the workspace above", async () => {
    const root = makeProject(files, "workspace/app");
    const before = await idOf(root);
    writeFiles(join(root, ".."), { "yarn.lock": "# one" });
    expect(await idOf(root)).not.toBe(before);
  });
});

describe("a version's folder", () => {
  it("is written once and found again", async () => {
    const root = makeProject({ "trigger/a.ts": taskFile("a") });
    const first = await buildProject(root);
    const written = statSync(join(first.folder, "index.mjs"));
    const second = await buildProject(root);
    expect(second).toEqual({ ...first, isNew: false });
    expect(statSync(first.folder).mode).toBe(statSync(join(first.folder, "..")).mode);
    expect(statSync(join(first.folder, "index.mjs"))).toMatchObject({ ino: written.ino, mtimeMs: written.mtimeMs });
  });

  it("is one, complete, when several make it at once", async () => {
    const root = makeProject({ "trigger/a.ts": taskFile("a") });
    const built = await Promise.all([1, 2, 3].map(() => buildProject(root)));
    expect(new Set(built.map(({ folder }) => folder)).size).toBe(1);
    expect(readdirSync(join(root, ".perdure/versions"))).toEqual([built[0]?.version.id]);
    expect(await readVersion(built[0]?.folder ?? "")).toMatchObject({ tasks: [{ id: "a" }] });
  });

  it("can be indexed again as it is", async () => {
    const root = makeProject({ "trigger/a.ts": taskFile("a") });
    const { folder, version } = await buildProject(root);
    expect(await indexVersion(folder, { root, env: realEnv, timeoutMs: 20_000 })).toEqual(version.tasks);
  });

  it("does not appear when the build fails, whose every problem is named by its place", async () => {
    const root = makeProject({
      "trigger/a.ts": `import "./gone.ts";\n${taskFile("a")}`,
      "trigger/b.ts": "export const b = 1;\nexport const = 2;",
    });
    const error = await errorOf(buildProject(root));
    expect(error).toMatchObject({ code: "BUILD_FAILED" });
    expect(error.message).toContain('trigger/a.ts:1:8: Could not resolve "./gone.ts"');
    expect(error.message).toContain('trigger/b.ts:2:14: Expected identifier but found "="');
    expect(error.message).not.toMatch(/^\s+at /m);
    expect(readdirSync(join(root, ".perdure/versions"))).toEqual([]);
  });
});

describe("an error in a bundle", () => {
  it("names the user's file, line and class", async () => {
    const built = await build({
      "lib/pay.ts":
        "interface Money {\n  cents: number;\n}\nexport class Broke extends Error {}\nexport function pay(money: Money): never {\n  throw new Broke(String(money.cents));\n}",
      "trigger/a-first.ts": "export class Broke extends Error {}",
      "trigger/a.ts": taskFile("a", "pay({ cents: 1 })", 'import { pay } from "../lib/pay.ts";'),
    });
    const { stack, name } = run(built, "a");
    expect(name).toBe("Broke");
    expect(stack).toMatch(/\/lib\/pay\.ts:6:9/);
    expect(stack).toMatch(/\/trigger\/a\.ts:3:/);
    expect(existsSync(join(built.folder, "index.mjs.map"))).toBe(true);
  });
});
