/**
 * What can be wrong with a database file, as an application meets it: a refusal by its code, and the same file works once
 * the cause is gone. That nothing is written meanwhile is tested beside the drivers.
 */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { createPerdure } from "../../src/embedded/index.ts";
import { temporaryFolder } from "../store/open-toy.ts";
import { count, isRefused, until, works } from "./application.ts";
import { killAll, startProcess } from "./lives.ts";

afterEach(killAll);

/** A database in which a run has come to its end. */
async function usedDatabase(): Promise<string> {
  const db = join(temporaryFolder(), "perdure.db");
  await works(db);
  return db;
}

function change(db: string, statement: string): void {
  const database = new DatabaseSync(db);
  database.exec(statement);
  database.close();
}

describe("a database file", () => {
  it("in use by another process is refused with that one's pid, and works when it is gone", async () => {
    const db = await usedDatabase();
    const holder = startProcess("hold.ts", [db]);
    expect(await holder.says("ready")).toBe(true);
    await isRefused(db, "DATABASE_LOCKED", `pid ${holder.pid}`);
    await holder.kill();
    await works(db);
  });

  it("in use in this process is refused, and the one that has it goes on", async () => {
    const db = await usedDatabase();
    await using first = await createPerdure({ db, tasks: [count] });
    await isRefused(db, "DATABASE_LOCKED", `pid ${process.pid}`);
    expect(await first.runs.poll(await count.trigger(5))).toMatchObject({ output: 8 });
  });

  it("of a newer version is refused, and works when it has been restored", async () => {
    const db = await usedDatabase();
    change(db, "insert into migrations values ('9999_of_the_future', 'checksum', 0)");
    await isRefused(db, "DATABASE_NEWER", "9999_of_the_future");
    change(db, "delete from migrations where name = '9999_of_the_future'");
    await works(db);
  });

  it("with an altered migration is refused", async () => {
    const db = await usedDatabase();
    change(db, "update migrations set checksum = 'x' || checksum");
    await isRefused(db, "DATABASE_ALTERED", "0001");
    change(db, "update migrations set checksum = substr(checksum, 2)");
    await works(db);
  });

  it("without its key, or with another, is refused, and works with its own", async () => {
    const db = await usedDatabase();
    await isRefused(db, "ENCRYPTION_KEY_WRONG", "PERDURE_ENCRYPTION_KEY", { encryptionKey: "cd".repeat(32) });
    renameSync(`${db}.key`, `${db}.key.lost`);
    await isRefused(db, "ENCRYPTION_KEY_WRONG", db);
    writeFileSync(`${db}.key`, "not a key");
    await isRefused(db, "OPTION_INVALID", `${db}.key`);
    renameSync(`${db}.key.lost`, `${db}.key`);
    await works(db);
  });

  it("in a folder that is missing is refused, and works when the folder is there", async () => {
    const folder = join(temporaryFolder(), "not", "there");
    const db = join(folder, "perdure.db");
    await isRefused(db, "DATABASE_UNREADABLE", folder);
    mkdirSync(folder, { recursive: true });
    await works(db);
  });

  it("that is a folder, or no database, is refused, and left as it is", async () => {
    const db = join(temporaryFolder(), "perdure.db");
    mkdirSync(db);
    await isRefused(db, "DATABASE_UNREADABLE", "not a file");
    rmSync(db, { recursive: true });
    const text = "A letter to a friend, and no database at all. ".repeat(200);
    writeFileSync(db, text);
    await isRefused(db, "DATABASE_CORRUPT", "not a database");
    expect(readFileSync(db, "utf8")).toBe(text);
    rmSync(db);
    await works(db);
  });

  it("with a damaged page is refused or says so when it comes to that page, and works when it has been restored", async () => {
    const db = join(temporaryFolder(), "perdure.db");
    await using first = await createPerdure({ db, tasks: [count] });
    const { runs } = await first.tasks.batchTrigger<typeof count>(
      "count",
      Array.from({ length: 200 }, (_, payload) => ({ payload })),
    );
    for (const run of runs) await first.runs.poll(run);
    await first.stop();
    cpSync(db, `${db}.backup`);
    const middle = Math.floor(readFileSync(db).length / 2 / 4096) * 4096;
    damage(db, middle, 40 * 4096);
    expect(
      await codesOfUse(
        db,
        runs.map(({ id }) => id),
      ),
    ).toEqual(new Set(["DATABASE_CORRUPT"]));
    cpSync(`${db}.backup`, db);
    await works(db);
  });
});

const canMount = mayMount();

function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "perdure-mount-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "tmpfs", folder]);
  if (status === 0) spawnSync("umount", [folder]);
  rmSync(folder, { recursive: true });
  return process.platform === "linux" && status === 0;
}

/** A file system of its own: even root cannot write in one that is mounted for reading. */
function mountDisk(size: string): string {
  const disk = temporaryFolder();
  onTestFinished(() => void spawnSync("umount", [disk]));
  expect(spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", disk])).toMatchObject({ status: 0 });
  return disk;
}

function remount(disk: string, option: string): void {
  expect(spawnSync("mount", ["-o", `remount,${option}`, disk])).toMatchObject({ status: 0 });
}

describe.skipIf(!canMount)("a disk (needs the right to mount one)", () => {
  it("that cannot be written is named, and works when it can", async () => {
    const disk = mountDisk("4m");
    const db = join(disk, "perdure.db");
    remount(disk, "ro");
    await isRefused(db, "DATABASE_UNREADABLE", disk);
    remount(disk, "rw");
    await works(db);
    remount(disk, "ro");
    await isRefused(db, "DATABASE_UNREADABLE", disk);
    remount(disk, "rw");
    await works(db);
  });

  it("that is full refuses new runs, lets those that execute wait, and goes on when there is room", async () => {
    const disk = mountDisk("4m");
    const db = join(disk, "perdure.db");
    const problems: unknown[] = [];
    const perdure = await createPerdure({ db, tasks: [count], onProblem: (problem) => problems.push(problem) });
    onTestFinished(() => perdure.stop());
    const accepted: string[] = [];
    const codes = new Set<unknown>();
    const offer = async (from: number) => {
      const padding = { metadata: { padding: "x".repeat(3_000) } };
      await count.trigger(from, padding).then(
        ({ id }) => accepted.push(id),
        (error: { code?: string }) => codes.add(error.code),
      );
    };
    for (let i = 0; codes.size === 0 && i < 2_000; i++) await offer(i);
    for (let i = 0; i < 50; i++) await offer(i).then(() => pause(20));
    expect([...codes]).toEqual(["DISK_FULL"]);
    remount(disk, "size=64m");
    expect(accepted.length).toBeGreaterThan(5);
    for (const id of accepted)
      expect(await perdure.runs.poll(id)).toMatchObject({ status: "completed", attemptCount: 1 });
    await perdure.stop();
    await works(db);
    expect(new Set(problems.map((problem) => (problem as { code?: string }).code))).not.toContain("INTERNAL");
  });
});

function damage(path: string, at: number, length: number): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(length, 0xaa), 0, length, at);
  closeSync(file);
}

/** What an application is told that opens the file, reads every run, and asks for another one. */
async function codesOfUse(db: string, ids: readonly string[]): Promise<ReadonlySet<unknown>> {
  const codes = new Set<unknown>();
  const note = (error: unknown) => codes.add((error as { code?: string }).code ?? String(error));
  const perdure = await createPerdure({ db, tasks: [count], onProblem: note }).catch(note);
  if (!("runs" in perdure)) return codes;
  for (const id of ids) {
    await perdure.runs.retrieve(id).catch(note);
    await perdure.runs.events(id).catch(note);
  }
  await count.trigger(1).then(({ id }) => Promise.race([perdure.runs.poll(id), until(() => codes.size > 0)]), note);
  await perdure.stop();
  return codes;
}
