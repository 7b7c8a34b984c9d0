import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const SOURCE = resolve(import.meta.dirname, "../../src");

/** Writes a project that uses this Perdure, with `files` by their paths. */
export function writeProject(root: string, files: Readonly<Record<string, string>>): void {
  const exports = { ".": "./src/sdk/index.ts", "./build": "./src/build/index.ts" };
  writeFiles(root, {
    "node_modules/perdure/package.json": JSON.stringify({ name: "perdure", type: "module", exports }),
    "package.json": JSON.stringify({ name: "project", type: "module" }),
    ...files,
  });
  symlinkSync(SOURCE, join(root, "node_modules/perdure/src"), "junction");
}

export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
