/**
 * Freezes the SDK as it is: `npm run build && node test/bundles/make.ts` writes `perdure-<version>.mjs`, the bundle of `tasks/`
 * as this version's users have it on their disks. Done once for a release; what it wrote is never made again, since every later
 * Perdure has to run it (`older-bundles.test.ts`).
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildVersion } from "../../src/build/index.ts";
import { createSystemEnv } from "../../src/system/index.ts";

const root = resolve(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
const target = join(import.meta.dirname, `perdure-${version.replaceAll(".", "-")}.mjs`);
if (existsSync(target)) throw new Error(`${target} is there already, and what was released does not change.`);
const outDir = mkdtempSync(join(tmpdir(), "perdure-bundle-"));
try {
  const config = { dirs: ["test/bundles/tasks"] };
  const { folder } = await buildVersion({ root, config, outDir, env: createSystemEnv() });
  writeFileSync(target, readFileSync(join(folder, "index.mjs"), "utf8").replace(/\n\/\/# sourceMappingURL=.*\n/, "\n"));
} finally {
  rmSync(outDir, { recursive: true, force: true });
}
