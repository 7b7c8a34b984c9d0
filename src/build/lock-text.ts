import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export const LOCK_FILES = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];

/** The text of the project's lock file; empty when there is none. */
export async function readLockText(root: string): Promise<string> {
  const path = findLockFile(root);
  return path === undefined ? "" : await readFile(path, "utf8");
}

/** The nearest one upwards, as in a workspace. */
export function findLockFile(root: string): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    const path = LOCK_FILES.map((name) => join(folder, name)).find((candidate) => existsSync(candidate));
    if (path !== undefined || folder === dirname(folder)) return path;
  }
}
