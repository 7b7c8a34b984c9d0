import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { TaskManifest } from "../core/task-manifest.ts";
import { BUNDLE_FILE, type Bundle } from "./bundle.ts";
import type { External, LocatedExternal } from "./externals.ts";
import { withTaskExports } from "./files-export.ts";
import type { FoundTask } from "./index-process.ts";

/** What `version.json` says about a version. */
export interface VersionManifest {
  readonly id: string;
  /** The task files, as paths from the project's root. */
  readonly createdFrom: readonly string[];
  readonly externals: readonly External[];
  readonly tasks: readonly TaskManifest[];
}

const MANIFEST_FILE = "version.json";

/** What a version says about itself; undefined when there is none. */
export async function readVersion(folder: string): Promise<VersionManifest | undefined> {
  const path = join(folder, MANIFEST_FILE);
  return existsSync(path) ? (JSON.parse(await readFile(path, "utf8")) as VersionManifest) : undefined;
}

/**
 * Makes a version aside by `fill` and moves it to `folder` in one rename, so that what is there is complete. When somebody
 * else made the same version meanwhile, theirs stays.
 */
export async function placeVersion<Filled>(folder: string, fill: (draft: string) => Promise<Filled>): Promise<Filled> {
  // A sibling of its later place, so that relative paths in the source map and in links are true already.
  const draft = await mkdtemp(join(dirname(folder), ".building-"));
  try {
    // Made for its owner alone, where a worker may be another user, as in an image that is built as root.
    await chmod(draft, (await stat(dirname(folder))).mode & 0o777);
    const filled = await fill(draft);
    await moveInto(draft, folder);
    return filled;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** What can be imported, but does not say yet what it is. */
export async function writeBundle(folder: string, { text, map, externals }: Bundle): Promise<void> {
  await write(folder, BUNDLE_FILE, text);
  await write(folder, `${BUNDLE_FILE}.map`, map);
  for (const external of externals) await linkExternal(folder, external);
}

/** What a version is once its tasks are known. */
export async function completeVersion(
  folder: string,
  { text, externals }: Bundle,
  { id, createdFrom, found }: Pick<VersionManifest, "id" | "createdFrom"> & { readonly found: readonly FoundTask[] },
): Promise<VersionManifest> {
  const version: VersionManifest = {
    id,
    createdFrom,
    externals: externals.map(({ name, version }) => ({ name, version })),
    tasks: found.map(({ manifest }) => manifest),
  };
  await write(folder, BUNDLE_FILE, withTaskExports(text, found));
  await write(folder, MANIFEST_FILE, `${JSON.stringify(version, undefined, 2)}\n`);
  return version;
}

/** Flushed, since a folder that exists is never written again: a power failure must not leave it with empty files. */
function write(folder: string, name: string, text: string): Promise<void> {
  return writeFile(join(folder, name), text, { flush: true });
}

/** Node looks for packages above the bundle, and finds neither what lies deep in `node_modules` nor another folder's. */
async function linkExternal(draft: string, { name, folder }: LocatedExternal): Promise<void> {
  if (folder === undefined) return;
  const link = join(draft, "node_modules", name);
  await mkdir(dirname(link), { recursive: true });
  await symlink(relative(dirname(link), folder), link, "junction");
}

async function moveInto(draft: string, folder: string): Promise<void> {
  try {
    await rename(draft, folder);
  } catch (error) {
    if ((await readVersion(folder)) === undefined) throw error;
  }
}
