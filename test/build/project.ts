import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type BuildOptions, type BuiltVersion, buildVersion, loadConfig } from "../../src/build/index.ts";
import { createSystemEnv } from "../../src/system/index.ts";
import { writeProject } from "./write-project.ts";

export { writeFiles } from "./write-project.ts";

export const realEnv = createSystemEnv();

/** A project that uses this Perdure, with `files` by their paths. It is gone after the test. */
export function makeProject(files: Readonly<Record<string, string>>, name = "project"): string {
  const parent = mkdtempSync(join(tmpdir(), "perdure-build-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const root = join(parent, name);
  writeProject(root, files);
  return root;
}

/** The text of a task file with one task that returns what an expression says. */
export function taskFile(id: string, expression = '"done"', head = ""): string {
  return `import { task } from "perdure";\n${head}\nexport const ${id} = task({ id: "${id}", run: async () => ${expression} });\n`;
}

export async function buildProject(root: string, options: Partial<BuildOptions> = {}): Promise<BuiltVersion> {
  const config = await loadConfig(root);
  return buildVersion({ root, config, outDir: join(root, ".perdure/versions"), env: realEnv, ...options });
}
