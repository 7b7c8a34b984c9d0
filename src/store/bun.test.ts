import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
/** Of the suite, which runs twice: in memory and on a file. */
const AT_LEAST = 2 * 194;

it("the stores keep the contract under Bun", async () => {
  const bun = join(ROOT, "node_modules/.bin/bun");
  const { stderr } = await promisify(execFile)(bun, ["test", "./src/store/conformance/on-bun.ts"], {
    cwd: ROOT,
    timeout: 100_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  expect(stderr).toMatch(/\n 0 fail\n/);
  expect(Number(/\n (\d+) pass\n/.exec(stderr)?.[1])).toBeGreaterThanOrEqual(AT_LEAST);
}, 120_000);
