import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import { type BuildOptions, type BuiltVersion, buildVersion, loadConfig } from "../../src/build/index.ts";
import { createSystemEnv } from "../../src/system/index.ts";

const SOURCE = resolve(import.meta.dirname, "../../src");

export const realEnv = createSystemEnv();

/** A project that uses this Perdure, with `files` by their paths. It is gone after the test. */
export function makeProject(files: Readonly<Record<string, string>>, name = "project"): string {
  const parent = mkdtempSync(join(tmpdir(), "perdure-build-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const root = join(parent, name);
  const exports = { ".": "./src/sdk/index.ts", "./build": "./src/build/index.ts" };
  writeFiles(root, {
    "node_modules/perdure/package.json": JSON.stringify({ name: "perdure", type: "module", exports }),
    "package.json": JSON.stringify({ name: "project", type: "module" }),
    ...files,
  });
  symlinkSync(SOURCE, join(root, "node_modules/perdure/src"), "junction");
  return root;
}

export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** The text of a task file with one task that returns what an expression says. */
export function taskFile(id: string, expression = '"done"', head = ""): string {
  return `import { task } from "perdure";\n${head}\nexport const ${id} = task({ id: "${id}", run: async () => ${expression} });\n`;
}

export async function buildProject(root: string, options: Partial<BuildOptions> = {}): Promise<BuiltVersion> {
  const config = await loadConfig(root);
  return buildVersion({ root, config, outDir: join(root, ".perdure/versions"), env: realEnv, ...options });
}
