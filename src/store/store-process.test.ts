import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/store/open-toy.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const script = join(root, "test/store/use-store.ts");
const bun = join(root, "node_modules/.bin/bun");

/** Another process that opens a store, writes two notes beside a culprit, and reads; it does not close the store when told to leave it. */
async function use(command: string, flags: readonly string[], end: "close" | "leave"): Promise<unknown> {
  const path = join(temporaryFolder(), "perdure.db");
  const { stdout } = await run(command, [...flags, script, path, end], { timeout: 15_000, cwd: root });
  return JSON.parse(stdout);
}

const expected = { ids: ["a", "c", "long"], refused: "INTERNAL", characters: 300_000 };

describe("a process that uses a SQLite store", () => {
  it("ends when it has closed it", async () => {
    expect(await use(process.execPath, [], "close")).toEqual(expected);
  });

  it("ends by itself although it has not, with all that was answered on the disk", async () => {
    expect(await use(process.execPath, [], "leave")).toEqual(expected);
  });

  it("may be Bun, with its own SQLite", async () => {
    expect(await use(bun, [], "close")).toEqual(expected);
    expect(await use(bun, [], "leave")).toEqual(expected);
  });

  it("may have flags that mean nothing to a thread", async () => {
    const path = join(temporaryFolder(), "perdure.db");
    const text = `process.argv.splice(1, 0, "script"); await import(${JSON.stringify(script)})`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", text, path, "close"], {
      timeout: 15_000,
      cwd: root,
    });
    expect(JSON.parse(stdout)).toEqual(expected);
  });
});
