import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { errorOf, openToy } from "../../test/store/open-toy.ts";

const HERE = { environmentId: "env" };
const disk = mkdtempSync(join(tmpdir(), "perdure-disk-"));
const canMount =
  process.platform === "linux" && spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]).status === 0;
const ballast = join(disk, "ballast");

let path: string;
beforeEach(({ task }) => {
  path = join(disk, task.id, "perdure.db");
  mkdirSync(join(disk, task.id));
});
afterAll(() => {
  if (canMount) spawnSync("umount", [disk]);
  rmSync(disk, { recursive: true, force: true });
});

/** Leaves some pages for the bookkeeping of SQLite, and no more. */
function fillDisk(): void {
  for (let size = 2 * 1024 * 1024; size > 4096; size -= 4096) {
    try {
      writeFileSync(ballast, Buffer.alloc(size));
      return;
    } catch {}
  }
}

describe.skipIf(!canMount)("a full disk (needs the right to mount one)", () => {
  it("refuses what does not fit by its name, keeps what was there, and goes on once there is room", async () => {
    const store = await openToy(path);
    const payload = "x".repeat(100_000);
    await store.keep({ ...HERE, id: "before" });
    fillDisk();
    const codes = new Set<unknown>();
    for (let i = 0; i < 8; i++) {
      const answers = await Promise.allSettled([
        store.createRuns({ ...HERE, id: `large ${i}`, runs: [{ payload }] }),
        store.keep({ ...HERE, id: `beside ${i}` }),
      ]);
      for (const answer of answers) if (answer.status === "rejected") codes.add(answer.reason.code);
    }
    expect([...codes]).toEqual(["DISK_FULL"]);
    expect(await store.listIds({})).toContain("before");
    rmSync(ballast);
    await store.createRuns({ ...HERE, id: "after", runs: [{ payload }] });
    const ids = await store.listIds({});
    expect(ids).toEqual(expect.arrayContaining(["before", "after"]));
    // A pair went into one transaction, so either both are there or none is.
    for (let i = 0; i < 8; i++) expect(ids.includes(`large ${i}`)).toBe(ids.includes(`beside ${i}`));
    await store.close();
    const again = await openToy(path);
    expect(await again.listIds({})).toEqual(ids);
  });

  it("refuses a long value, and leaves nothing of it", async () => {
    const store = await openToy(path);
    fillDisk();
    const payload = "x".repeat(500_000);
    expect(await errorOf(store.createRuns({ ...HERE, id: "long", runs: [{ payload }] }))).toMatchObject({
      code: "DISK_FULL",
    });
    rmSync(ballast);
    await store.createRuns({ ...HERE, id: "long", runs: [{ payload }] });
    expect(await store.findRun({ ...HERE, id: "long" })).toEqual({ payload });
    rmSync(`${path}.blobs`, { recursive: true });
    expect(await errorOf(store.findRun({ ...HERE, id: "long" }))).toMatchObject({ code: "BLOB_MISSING" });
  });
});
