import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const LOCK_FILES = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];

/** The text of the nearest lock file upwards, as in a workspace; empty when there is none. */
export async function readLockText(root: string): Promise<string> {
  for (let folder = root; ; folder = dirname(folder)) {
    const path = LOCK_FILES.map((name) => join(folder, name)).find((candidate) => existsSync(candidate));
    if (path !== undefined) return await readFile(path, "utf8");
    if (folder === dirname(folder)) return "";
  }
}
