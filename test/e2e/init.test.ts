/** `perdure init` as a user calls it, in folders of every kind. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeProject, writeFiles } from "../build/project.ts";
import { perdure } from "./dev-process.ts";

const ROOT = join(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "perdure-init-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const read = (root: string, path: string) => readFileSync(join(root, path), "utf8");
const init = (root: string, words: readonly string[] = [], variables = {}) =>
  perdure(root, ["init", ...words], variables).closed;
const reportOf = async (root: string) =>
  JSON.parse((await init(root, ["--json"])).out) as Record<"created" | "changed" | "kept" | "next", string[]>;

describe("perdure init", () => {
  it("makes an empty folder a project, and says what to type", async () => {
    const root = emptyFolder();
    const { code, out, err } = await init(root);
    expect([code, err]).toEqual([0, ""]);
    expect(readdirSync(root).sort()).toEqual([
      ".gitignore",
      "package.json",
      "perdure.config.ts",
      "tasks",
      "tsconfig.json",
    ]);
    expect(JSON.parse(read(root, "package.json"))).toMatchObject({
      type: "module",
      dependencies: { perdure: version },
    });
    expect(read(root, ".gitignore")).toBe("node_modules/\n.perdure/\n");
    expect(out).toMatch(/Next:\n {2}npm install\n {2}npx perdure dev\n$/);
  });

  it("changes nothing when it is called again", async () => {
    const root = emptyFolder();
    await init(root);
    const before = read(root, ".gitignore");
    const again = await reportOf(root);
    expect([again.created, again.changed, again.kept.length]).toEqual([[], [], 5]);
    expect(read(root, ".gitignore")).toBe(before);
  });

  it("leaves what a project has, and adds what it lacks", async () => {
    const root = makeProject({
      "tsconfig.json": "{}",
      "node_modules/@types/node/package.json": "{}",
      "perdure.config.mjs": "export default {};",
      "src/trigger/mine.ts": "export {};",
      ".gitignore": "dist\n/node_modules",
    });
    const report = await reportOf(root);
    expect(report).toEqual({
      created: [],
      changed: [".gitignore: .perdure/"],
      kept: [
        "package.json: it was there already",
        "perdure.config.mjs: it was there already",
        "src/trigger: task files were there already",
        "tsconfig.json: it was there already",
      ],
      next: ["npx perdure dev"],
    });
    expect([read(root, ".gitignore"), read(root, "tsconfig.json")]).toEqual(["dist\n/node_modules\n.perdure/\n", "{}"]);
  });

  it("names the package manager that called it, and the package where package.json does not ask for it", async () => {
    const root = emptyFolder();
    writeFileSync(join(root, "package.json"), '{ "name": "mine" }');
    const { out } = await init(root, [], { npm_config_user_agent: "pnpm/10.0.0 npm/? node/v24.0.0" });
    expect(out).toContain(`  pnpm add perdure@${version}\n  pnpm add -D @types/node\n`);
    expect(read(root, "package.json")).toBe('{ "name": "mine" }');
  });

  it("makes files that TypeScript accepts", async () => {
    const root = makeProject({});
    await init(root);
    const dist = JSON.stringify({
      name: "perdure",
      exports: { ".": { types: "./src/sdk/index.ts", default: "./x.js" } },
    });
    writeFiles(root, { "node_modules/perdure/package.json": dist });
    mkdirSync(join(root, "node_modules/@types"));
    symlinkSync(join(ROOT, "node_modules/@types/node"), join(root, "node_modules/@types/node"), "junction");
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const options = ["--allowImportingTsExtensions", "-p", root];
    expect(() => execFileSync(process.execPath, [tsc, ...options], { stdio: "pipe", encoding: "utf8" })).not.toThrow();
  });

  it.each<[string, Readonly<Record<string, string>>, readonly string[], number, string]>([
    ["words that are too much", {}, ["here"], 2, "USAGE: init takes no here"],
    ["a file in the way of a folder", { tasks: "" }, [], 3, "FILE_NOT_WRITABLE: tasks/hello.ts cannot be written: "],
  ])("refuses %s with a sentence", async (_, files, words, code, message) => {
    const root = emptyFolder();
    writeFiles(root, files);
    const { code: given, err } = await init(root, words);
    expect([given, err.startsWith(message)]).toEqual([code, true]);
    expect(err).not.toMatch(/\n\s+at /);
  });
});
