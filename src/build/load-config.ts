import { existsSync, lstatSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { perdureError } from "../core/errors.ts";
import type { PerdureConfig } from "../core/project-config.ts";
import { problemsOf } from "./build-problems.ts";
import { checkConfig } from "./config.ts";

/** What the file may be called; the first that exists is read. */
export const CONFIG_NAMES = ["perdure.config.ts", "perdure.config.mts", "perdure.config.js", "perdure.config.mjs"];

/**
 * The configuration of the project at `root`, or an empty one when it has no `perdure.config.ts` (`.mts`, `.js`, `.mjs`).
 *
 * @throws {PerdureError} `CONFIG_INVALID` when it does not parse, throws or exports nothing; `OPTION_UNSUPPORTED`, `OPTION_INVALID`,
 * `FILE_NOT_WRITABLE`.
 */
export async function loadConfig(root: string): Promise<PerdureConfig> {
  const file = CONFIG_NAMES.find((name) => existsSync(join(root, name)));
  if (file === undefined) return {};
  const exported = await importConfig(await realpath(root), file);
  if (!("default" in exported)) throw perdureError("CONFIG_INVALID", { file, problem: "it has no default export" });
  return checkConfig(exported["default"], file);
}

async function importConfig(root: string, file: string): Promise<Record<string, unknown>> {
  const folder = await makeFolder(root);
  try {
    const outfile = join(folder, "config.mjs");
    await bundleConfig(root, file, outfile);
    return (await import(pathToFileURL(outfile).href)) as Record<string, unknown>;
  } catch (error) {
    throw perdureError("CONFIG_INVALID", { file, problem: problemsOf(error).replace(/\.$/, "") }, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws {PerdureError} `FILE_NOT_WRITABLE`. */
async function makeFolder(root: string): Promise<string> {
  const place = placeOf(root);
  try {
    return await mkdtemp(join(place, ".perdure-config-"));
  } catch (error) {
    throw perdureError("FILE_NOT_WRITABLE", { path: place, problem: (error as Error).message }, { cause: error });
  }
}

/**
 * Inside the project, so that packages are found, and where no watcher looks if possible. A server in production may write to its
 * own folder alone; where that is a link, packages would be looked for elsewhere.
 */
function placeOf(root: string): string {
  const own = join(root, ".perdure");
  if (lstatSync(own, { throwIfNoEntry: false })?.isDirectory()) return own;
  const modules = join(root, "node_modules");
  return existsSync(modules) ? modules : root;
}

async function bundleConfig(root: string, file: string, outfile: string): Promise<void> {
  const path = join(root, file);
  await build({
    absWorkingDir: root,
    entryPoints: [file],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node22",
    logLevel: "silent",
    // The file is imported from elsewhere, and is to find itself where it was written.
    define: {
      "import.meta.url": JSON.stringify(pathToFileURL(path).href),
      "import.meta.filename": JSON.stringify(path),
      "import.meta.dirname": JSON.stringify(dirname(path)),
    },
  });
}
