import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { errorOf, openToy, temporaryFolder } from "../../test/store/open-toy.ts";
import { toyDefinition } from "../../test/store/toy-verbs.ts";
import { loadSqlite } from "./sqlite-driver.ts";

const HERE = { environmentId: "env" };
const here = () => join(temporaryFolder(), "perdure.db");

describe("opening a SQLite file", () => {
  it("finds what was stored before", async () => {
    const path = here();
    const first = await openToy(path);
    await first.createRuns({ ...HERE, id: "a", runs: [{ payload: "{1}" }] });
    await first.close();
    const second = await openToy(pathToFileURL(path).href);
    expect(await second.findRun({ ...HERE, id: "a" })).toEqual({ payload: "{1}" });
  });

  it("leaves one file and its key when it was closed", async () => {
    const path = here();
    const store = await openToy(path);
    await store.keep({ ...HERE, id: "a" });
    await store.close();
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(existsSync(`${path}-shm`)).toBe(false);
    expect(existsSync(`${path}.blobs`)).toBe(false);
  });

  it("has users' values encrypted", async () => {
    const path = here();
    const store = await openToy(path);
    await store.createRuns({ ...HERE, id: "a", runs: [{ payload: "{a secret of the user}" }] });
    await store.close();
    expect(readFileSync(path).includes("secret of the user")).toBe(false);
  });

  it("makes the last folder of the path, and not more", async () => {
    const folder = temporaryFolder();
    await openToy(join(folder, ".data", "perdure.db"));
    expect(statSync(join(folder, ".data")).mode & 0o777).toBe(0o700);
    const error = await errorOf(openToy(join(folder, "no", "such", "perdure.db")));
    expect(error).toMatchObject({ code: "DATABASE_UNREADABLE" });
    expect(error.message).toContain(join(folder, "no", "such"));
  });

  it("says what is no place for a database", async () => {
    expect(await errorOf(openToy(temporaryFolder()))).toMatchObject({ code: "DATABASE_UNREADABLE" });
    expect(await errorOf(openToy("mysql://localhost/x"))).toMatchObject({ code: "OPTION_INVALID" });
    expect(await errorOf(openToy(""))).toMatchObject({ code: "OPTION_INVALID" });
    const path = here();
    writeFileSync(path, "not a database, and longer than its header of sixteen bytes".repeat(100));
    expect(await errorOf(openToy(path))).toMatchObject({ code: "DATABASE_CORRUPT" });
    rmSync(path);
    await openToy(path);
  });
});

describe("the schema of a SQLite file", () => {
  async function failsAndChangesNothing(definition: typeof toyDefinition, code: string): Promise<void> {
    const path = here();
    await (await openToy(path)).close();
    const before = readFileSync(path);
    expect(await errorOf(openToy(path, {}, definition))).toMatchObject({ code });
    expect(readFileSync(path).equals(before)).toBe(true);
    await (await openToy(path)).keep({ ...HERE, id: "goes on" });
  }

  it("is not touched by an older Perdure", () =>
    failsAndChangesNothing({ ...toyDefinition, migrations: [] }, "DATABASE_NEWER"));

  it("is not touched when a migration has another text", () =>
    failsAndChangesNothing(
      { ...toyDefinition, migrations: [{ name: "0001_notes", statements: ["select 1"] }] },
      "DATABASE_ALTERED",
    ));

  it("is as it was when a migration fails in its middle", () =>
    failsAndChangesNothing(
      {
        ...toyDefinition,
        migrations: [
          ...toyDefinition.migrations,
          { name: "0002", statements: ["create table more (id text)", "nonsense"] },
        ],
      },
      "INTERNAL",
    ));

  it("gets the migrations that it lacks", async () => {
    const path = here();
    const store = await openToy(path);
    await store.keep({ ...HERE, id: "a" });
    await store.close();
    const migrations = [...toyDefinition.migrations, { name: "0002", statements: ["update notes set id = 'b'"] }];
    for (const _ of ["first", "again"]) {
      const later = await openToy(path, {}, { ...toyDefinition, migrations });
      expect(await later.listIds({})).toEqual(["b"]);
      await later.close();
    }
  });
});

describe("the key of a SQLite file", () => {
  it("is made beside it, for nobody else to read", async () => {
    const path = here();
    await openToy(path);
    expect(statSync(`${path}.key`).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(`${path}.key`, "utf8"), "base64").length).toBe(32);
  });

  it("may be given as hex or base64, and is compared before anything is written", async () => {
    const path = here();
    await (await openToy(path, { encryptionKey: "ab".repeat(32) })).close();
    expect(existsSync(`${path}.key`)).toBe(false);
    const before = readFileSync(path);
    expect(await errorOf(openToy(path, { encryptionKey: "cd".repeat(32) }))).toMatchObject({
      code: "ENCRYPTION_KEY_WRONG",
    });
    expect(await errorOf(openToy(path))).toMatchObject({ code: "ENCRYPTION_KEY_WRONG" });
    expect(existsSync(`${path}.key`)).toBe(false);
    expect(readFileSync(path).equals(before)).toBe(true);
    await openToy(path, { encryptionKey: Buffer.from("ab".repeat(32), "hex").toString("base64") });
    expect(await errorOf(openToy(here(), { encryptionKey: "short" }))).toMatchObject({ code: "OPTION_INVALID" });
  });

  it("is not made anew when its file is lost", async () => {
    const path = here();
    await (await openToy(path)).close();
    const key = readFileSync(`${path}.key`);
    rmSync(`${path}.key`);
    expect(await errorOf(openToy(path))).toMatchObject({ code: "ENCRYPTION_KEY_WRONG" });
    expect(existsSync(`${path}.key`)).toBe(false);
    writeFileSync(`${path}.key`, key);
    await openToy(path);
  });
});

describe("the lock of a SQLite file", () => {
  it("keeps a second opening in this process out, by whatever name", async () => {
    const path = here();
    const store = await openToy(path);
    expect(await errorOf(openToy(path))).toMatchObject({
      code: "DATABASE_LOCKED",
      message: expect.stringContaining(`pid ${process.pid}`),
    });
    symlinkSync(path, `${path}.link`);
    expect(await errorOf(openToy(`${path}.link`))).toMatchObject({ code: "DATABASE_LOCKED" });
    await store.close();
    await openToy(path);
  });

  it("is won by one of many who come at once", async () => {
    const path = here();
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => openToy(path)));
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("is held by another process for its life, which the error names, and free when that was killed", async () => {
    const path = here();
    const { child, says } = startHolder(path);
    expect(await says("open")).toBe(true);
    expect(await errorOf(openToy(path))).toMatchObject({
      code: "DATABASE_LOCKED",
      message: expect.stringContaining(`pid ${child.pid}`),
    });
    child.kill("SIGKILL");
    await once(child, "exit");
    const store = await openToy(path);
    expect(await store.listIds({})).toEqual(["of the other process"]);
  });
});

describe("damage to a SQLite file", () => {
  it("is told by its name when it is read and when it is written", async () => {
    const path = here();
    const store = await openToy(path);
    for (let i = 0; i < 300; i++)
      await store.createRuns({ ...HERE, id: String(i), runs: [{ payload: "x".repeat(500) }] });
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0xaa, 4096 * 14, bytes.length);
    writeFileSync(path, bytes);
    const damaged = await openToy(path);
    expect(await errorOf(damaged.listRuns(HERE))).toMatchObject({ code: "DATABASE_CORRUPT" });
    expect(await errorOf(damaged.keep({ ...HERE, id: "5555" }))).toMatchObject({ code: "DATABASE_CORRUPT" });
  });
});

describe("a folder that cannot be written", () => {
  it.skipIf(process.getuid?.() === 0)("is told of (root may write everywhere, so root does not test it)", async () => {
    const folder = join(temporaryFolder(), "closed");
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    onTestFinished(() => chmodSync(folder, 0o700));
    expect(await errorOf(openToy(join(folder, "perdure.db")))).toMatchObject({ code: "DATABASE_UNREADABLE" });
  });
});

describe("a file of another program", () => {
  it("with a journal of its own is taken over as it is", async () => {
    const path = here();
    const open = await loadSqlite();
    const other = open(path);
    other.execute("create table theirs (id text)");
    other.close();
    const store = await openToy(path);
    await store.keep({ ...HERE, id: "a" });
    expect(await store.listIds({})).toEqual(["a"]);
  });
});

/** Another process that opens the store, writes a note and keeps it open. */
function startHolder(path: string): { child: ReturnType<typeof spawn>; says(word: string): Promise<boolean> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../test/store/hold-store.ts"), path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    child,
    async says(word) {
      for await (const chunk of child.stdout ?? []) if (String(chunk).includes(word)) return true;
      return false;
    },
  };
}
