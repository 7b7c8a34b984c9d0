import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Every save makes a version. Those that were made last stay: runs may be about to be given to one of them. */
const KEPT = 20;

/** Deletes what was left of versions by many saves, but for the newest and those of `needed`. */
export async function pruneVersions(folder: string, needed: readonly string[]): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith("v_"));
  const versions = await Promise.all(
    names.map(async (name) => ({ name, madeAt: (await stat(join(folder, name))).mtimeMs })),
  );
  const old = versions.sort((a, b) => b.madeAt - a.madeAt).slice(KEPT);
  for (const { name } of old)
    if (!needed.includes(name)) await rm(join(folder, name), { recursive: true, force: true });
}
