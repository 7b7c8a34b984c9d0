import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { errorOf, openToy, temporaryFolder } from "../../test/store/open-toy.ts";
import { LIMITS } from "../core/limits.ts";
import { loadSqlite } from "./sqlite-driver.ts";

const HERE = { environmentId: "env" };
const long = (mark: string) => `{${mark.repeat(LIMITS.inlineCharacters)}}`;
const here = () => join(temporaryFolder(), "perdure.db");

describe.each([
  { kind: "a file", path: here },
  { kind: "memory", path: () => ":memory:" },
])("long values of a store in $kind", ({ path }) => {
  it("come back as they were, beside short ones", async () => {
    const store = await openToy(path());
    await store.createRuns({ ...HERE, id: "long", runs: [{ payload: long("é") }] });
    await store.createRuns({ ...HERE, id: "short", runs: [{ payload: "{}" }] });
    expect(await store.findRun({ ...HERE, id: "long" })).toEqual({ payload: long("é") });
    expect(await store.findRun({ ...HERE, id: "short" })).toEqual({ payload: "{}" });
  });

  it("are left out of pages of runs", async () => {
    const store = await openToy(path());
    await store.createRuns({ ...HERE, id: "long", runs: [{ payload: long("x") }] });
    await store.createRuns({ ...HERE, id: "short", runs: [{ payload: "{}" }] });
    expect(await store.listRuns(HERE)).toEqual([{}, { payload: "{}" }]);
  });

  it("leave the caller's parameters alone", async () => {
    const store = await openToy(path());
    const params = { ...HERE, id: "long", runs: [{ payload: long("x") }] };
    await store.createRuns(params);
    expect(params.runs[0]?.payload).toBe(long("x"));
  });
});

describe("the folder of long values", () => {
  it("holds them encrypted, and loses them with their run", async () => {
    const path = here();
    const store = await openToy(path);
    await store.createRuns({ ...HERE, id: "long", runs: [{ payload: long("secret") }] });
    const [name = ""] = readdirSync(`${path}.blobs`);
    expect(readFileSync(join(`${path}.blobs`, name)).includes("secret")).toBe(false);
    await store.deleteRuns({ ...HERE, id: "long" });
    expect(readdirSync(`${path}.blobs`)).toEqual([]);
  });

  it("is told of when it has lost one", async () => {
    const path = here();
    const store = await openToy(path);
    await store.createRuns({ ...HERE, id: "long", runs: [{ payload: long("x") }] });
    rmSync(`${path}.blobs`, { recursive: true });
    expect(await errorOf(store.findRun({ ...HERE, id: "long" }))).toMatchObject({ code: "BLOB_MISSING" });
  });

  it("is swept of what is old and has no row, when the store is opened", async () => {
    const path = here();
    const first = await openToy(path);
    await first.createRuns({ ...HERE, id: "long", runs: [{ payload: long("x") }] });
    await first.close();
    const folder = `${path}.blobs`;
    const [kept = ""] = readdirSync(folder);
    for (const name of ["blob_orphan", "blob_cut.tmp", "blob_young"]) writeFileSync(join(folder, name), "bytes");
    const old = new Date(Date.now() - 2 * 60 * 60_000);
    for (const name of ["blob_orphan", "blob_cut.tmp", kept]) utimesSync(join(folder, name), old, old);
    const second = await openToy(path);
    await expect.poll(() => readdirSync(folder).toSorted()).toEqual([kept, "blob_young"].toSorted());
    expect(await second.findRun({ ...HERE, id: "long" })).toEqual({ payload: long("x") });
  });

  it("never lacks what a row names, and no row that was answered is lost, whenever the process is killed", async () => {
    const path = here();
    const answered: string[] = [];
    for (const mark of ["a", "b", "c"]) answered.push(...(await writeUntilKilled(path, mark)));
    expect(answered.length).toBeGreaterThan(2);
    const store = await openToy(path);
    const ids = await store.listIds({});
    expect(ids).toEqual(expect.arrayContaining(answered));
    for (const id of ids) expect((await store.findRun({ ...HERE, id }))?.payload).toBe(long(id.slice(0, 1)));
    await store.close();
    expect(existsSync(`${path}.blobs`)).toBe(true);
    const database = (await loadSqlite())(path);
    const rows = database.all({ text: "select id from blobs", values: [], isStable: true });
    database.close();
    const files = new Set(readdirSync(`${path}.blobs`));
    expect(rows.filter((row) => !files.has(String(row["id"])))).toEqual([]);
  });
});

/** Another process that writes long values as fast as it can, killed at some moment. The ids of those it had been answered. */
async function writeUntilKilled(path: string, mark: string): Promise<readonly string[]> {
  const script = join(import.meta.dirname, "../../test/store/write-blobs.ts");
  const child = spawn(process.execPath, [script, path, mark], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
  });
  await once(child.stdout, "data");
  await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 200));
  child.kill("SIGKILL");
  await once(child, "close");
  return output.slice(0, output.lastIndexOf("\n")).split("\n");
}
