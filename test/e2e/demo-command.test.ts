/** `perdure demo` as somebody tries it: in any folder, with a kill from outside, with its own, and left early. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { temporaryFolder } from "../store/open-toy.ts";
import { until } from "./application.ts";

vi.setConfig({ testTimeout: 60_000 });
const BIN = join(import.meta.dirname, "../../src/cli/bin.ts");
const alive = new Set<ChildProcess>();
afterEach(() => {
  for (const child of alive) child.kill("SIGKILL");
});

function startDemo(...words: readonly string[]) {
  const folder = temporaryFolder();
  const child = spawn(process.execPath, [BIN, "demo", ...words], {
    cwd: folder,
    env: { PATH: process.env["PATH"], TMPDIR: folder },
    stdio: "pipe",
  });
  alive.add(child);
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.err += text;
  });
  const closed = once(child, "close").then(([code]) => {
    alive.delete(child);
    return code as number | null;
  });
  return { child, said, closed, left: () => readdirSync(folder) };
}

/** The process that it asks its audience to kill. */
function victimOf({ err }: { readonly err: string }): number {
  return Number(/kill -9 (\d+)/.exec(err)?.[1]);
}

describe("perdure demo", () => {
  it("shows what became of runs whose process somebody killed", async () => {
    const { said, closed, left } = startDemo();
    await until(() => said.err.includes("charge"));
    process.kill(victimOf(said), "SIGKILL");
    expect([await closed, said.out]).toEqual([
      0,
      expect.stringMatching(/(\d+) effects recorded, \1 returned from the journal, 0 repeated/),
    ]);
    expect(left()).toEqual([]);
  });

  it("does the killing itself, and tells programs", async () => {
    const { said, closed } = startDemo("--kill", "--json");
    expect(await closed).toBe(0);
    const told = JSON.parse(said.out) as { recorded: number; returned: number };
    expect(told).toMatchObject({ kills: 1, repeated: 0, statuses: ["completed", "completed", "completed"] });
    expect(told.recorded).toBeGreaterThan(0);
    expect(told.returned).toBe(told.recorded);
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const { child, said, closed, left } = startDemo();
    await until(() => said.err.includes("kill -9"));
    const worker = victimOf(said);
    child.kill("SIGINT");
    expect(await closed).toBe(3);
    expect(left()).toEqual([]);
    expect(() => process.kill(worker, 0)).toThrow("ESRCH");
  });
});
