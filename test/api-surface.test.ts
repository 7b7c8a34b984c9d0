/**
 * The public surface changes only together with `docs/api-surface.d.ts`, where a reviewer sees it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderSurface } from "../scripts/docs/api-surface.ts";
import { readDeclarations } from "../scripts/docs/declarations.ts";
import { GENERATED_DOCS } from "../scripts/docs-gen.ts";

const ROOT = join(import.meta.dirname, "..");
const PATH = "docs/api-surface.d.ts";

describe("the public surface", () => {
  it("is the recorded one (else run npm run docs:gen and look at what changed)", () => {
    const surface = GENERATED_DOCS[PATH]?.() ?? "";
    for (const name of ["task", "schemaTask", "createPerdure", "createTestPerdure"])
      expect(surface).toMatch(new RegExp(`^export function ${name}[<(]`, "m"));
    for (const name of ["runs", "step", "wait", "batch"])
      expect(surface).toMatch(new RegExp(`^export const ${name}:`, "m"));
    for (const name of ["startPerdure", "createRuns", "host"])
      expect(surface).not.toMatch(new RegExp(`^export (function|const) ${name}[<(:]`, "m"));
    expect(surface).toBe(readFileSync(join(ROOT, PATH), "utf8"));
  });
});

describe("renderSurface", () => {
  const read = (texts: Record<string, string>) =>
    new Map(Object.entries(texts).map(([path, text]) => [path, readDeclarations(path, text)]));
  const files = read({
    "sdk/index.d.ts": [
      "/**\n * Header.\n */",
      `export { type Task, task as define } from "./task.ts";`,
      `export * from "./wait.ts";`,
      `export type { Schema } from "schema";`,
      "export {};",
    ].join("\n"),
    "sdk/task.d.ts": [
      `import type { Policy as P } from "../core/retry.ts";`,
      "/** Makes one. */",
      "export declare function task(id: string): Task;",
      "export declare function task(id: string, policy: P): Task;",
      "export interface Task {\n    id: Id; // Hidden\n}",
      "type Id = `id_${string}`;",
      "type Unused = 1;",
    ].join("\n"),
    "sdk/wait.d.ts": "export declare const wait: {\n    for(): Promise<void>;\n};",
    "core/retry.d.ts": "export interface Policy {\n    max: number;\n}\nexport interface Hidden {\n}",
    "embedded/index.d.ts": `export { wait } from "../sdk/wait.ts";`,
  });
  const surface = renderSurface(
    [
      { name: "perdure", path: "sdk/index.d.ts" },
      { name: "perdure/embedded", path: "embedded/index.d.ts" },
    ],
    files,
  );
  const [own = "", embedded = "", mentioned = ""] = surface.split(/^\/\/ -{20}.*$/m).slice(1);

  it("shows every exported name with its declaration, overloads and comment", () => {
    expect(own).toContain(
      "/** Makes one. */\nexport function task(id: string): Task;\nexport function task(id: string, policy: P): Task;\n// under the name define",
    );
    expect(own).toContain("export interface Task {");
    expect(own).toContain("export const wait: {");
    expect(own).toContain(`export { Schema } from "schema";`);
  });

  it("shows a name that two entry points share once", () => {
    expect(embedded.trim()).toBe(`export { wait } from "perdure";`);
  });

  it("follows what is mentioned, and nothing else", () => {
    expect(mentioned).toContain("type Id = `id_${string}`;");
    expect(mentioned).toContain("interface Policy {");
    expect(surface).not.toMatch(/Unused|interface Hidden/);
  });

  it("refuses an entry point that was not emitted, and a form it cannot read", () => {
    expect(() => renderSurface([{ name: "perdure/x", path: "x/index.d.ts" }], files)).toThrow(/x\/index.d.ts/);
    expect(() => readDeclarations("a.d.ts", "export = a;")).toThrow(/cannot read/);
  });
});
