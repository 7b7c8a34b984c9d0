import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A package as it lies on the disk. */
export interface InstalledPackage {
  /** Its own, which it has under whatever name it is installed. */
  readonly name: string;
  readonly folder: string;
  readonly version: string | null;
}

/** The package that a file belongs to. A `package.json` without a name only says how files below it are read. */
export function findPackage(file: string): InstalledPackage | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const { name, version } = readManifest(folder);
    if (typeof name === "string") return { name, folder, version: typeof version === "string" ? version : null };
  }
  return undefined;
}

/** Addons lie at `build/Release/x.node` or one folder deeper; looking through all of a large package takes seconds. */
const DEEPEST_ADDON = 3;
const SIGNS = /^(?:binding\.gyp|prebuilds|.+\.node)$/;

/** Does the package hold machine code, or what makes it? */
export async function hasNativeAddon(folder: string, depth = 0): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.some(({ name }) => SIGNS.test(name))) return true;
  if (depth === DEEPEST_ADDON) return false;
  for (const entry of entries) {
    const isPart = entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith(".");
    if (isPart && (await hasNativeAddon(join(folder, entry.name), depth + 1))) return true;
  }
  return false;
}

function readManifest(folder: string): { readonly name?: unknown; readonly version?: unknown } {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as object;
  } catch {
    return {};
  }
}
