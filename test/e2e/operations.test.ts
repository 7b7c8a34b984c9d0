/** What people and their monitoring are told of `perdure start`, and what `perdure doctor` finds. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { NodeStatus } from "../../src/protocol/index.ts";
import { makeProject, taskFile } from "../build/project.ts";
import { parseExposition } from "../exposition.ts";
import { createTestDatabase } from "../postgres.ts";

vi.setConfig({ testTimeout: 90_000 });
const KEY = "a-secret-key-of-tests";
const BIN = `${import.meta.dirname}/../../src/cli/bin.ts`;
const alive = new Set<ChildProcess>();
afterEach(() => {
  for (const child of alive) child.kill("SIGKILL");
});

/** Keeps its event loop from everything else until a file is there. */
const slow = `import { existsSync } from "node:fs";
import { task } from "perdure";
export const slow = task({
  id: "slow",
  run: async (gate: string) => {
    while (!existsSync(gate));
  },
});`;

async function start(root: string, words: readonly string[] = []) {
  const env = { PATH: process.env["PATH"], PERDURE_SECRET_KEY: KEY };
  const child = spawn(process.execPath, [BIN, "start", "--port", "0", ...words], { cwd: root, env, stdio: "pipe" });
  alive.add(child);
  child.stderr.resume();
  const closed = once(child, "close").then(([code]) => code as number | null);
  const url = await new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (text) => {
      const line = JSON.parse(text) as { message: string; url?: string };
      if (line.message === "Perdure is ready.") resolve(line.url ?? "");
    });
  });
  return { child, url, closed };
}

async function perdure(root: string, words: readonly string[], variables: Record<string, string> = {}) {
  const env = { PATH: process.env["PATH"], PERDURE_SECRET_KEY: KEY, ...variables };
  return new Promise<{ readonly code: number; readonly out: string }>((resolve) => {
    execFile(process.execPath, [BIN, ...words], { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out: stdout + stderr }),
    );
  });
}

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly sentence: string;
  readonly cure?: string;
}

/** Its exit code, and what it found that is not well. */
async function doctor(root: string, words: readonly string[] = [], variables: Record<string, string> = {}) {
  const { code, out } = await perdure(root, ["doctor", "--json", ...words], variables);
  const { findings } = JSON.parse(out) as { findings: readonly Finding[] };
  const bad = findings.filter(({ level }) => level !== "ok").map(({ check, level }) => `${level} ${check}`);
  return { code, findings, bad };
}

const readyOf = async (url: string) => {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, body: (await response.json()) as { ready: boolean; reasons?: string[] } };
};
const statusOf = async (url: string) => (await (await fetch(`${url}/api/v1/status`, authorized)).json()) as NodeStatus;
const authorized = { headers: { authorization: `Bearer ${KEY}` } };

describe("a server that is started", () => {
  it("is ready once its worker processes are, and shows them and what they do", async () => {
    const root = makeProject({ "tasks/hello.ts": taskFile("hello") });
    const { url, child, closed } = await start(root);
    await vi.waitUntil(async () => (await readyOf(url)).status === 200, { timeout: 30_000 });
    const variables = { PERDURE_API_URL: url };
    expect((await perdure(root, ["trigger", "hello", "--wait"], variables)).code).toBe(0);
    const status = JSON.parse((await perdure(root, ["status", "--json"], variables)).out) as NodeStatus;
    expect(status).toMatchObject({
      pid: child.pid,
      database: { kind: "sqlite", bytes: expect.any(Number) },
      runs: { completed: 1 },
      versions: [{ isCurrent: true, isMissing: false, openRuns: 0 }],
      workers: [{ isReady: true, held: 0, pid: expect.any(Number) }],
      problems: [],
    });
    expect(status.workers[0]?.rssMb).toBeGreaterThan(10);
    const families = parseExposition(await (await fetch(`${url}/metrics`, authorized)).text());
    expect([...(families.get("perdure_workers")?.samples.values() ?? [])]).toEqual([1, 0]);
    expect(
      families.get("perdure_store_commit_seconds")?.samples.get("perdure_store_commit_seconds_count"),
    ).toBeGreaterThan(3);
    process.kill(status.workers[0]?.pid ?? 0, "SIGKILL");
    const endings = async () => {
      const text = await (await fetch(`${url}/metrics`, authorized)).text();
      return parseExposition(text)
        .get("perdure_workers_ended_total")
        ?.samples.get('perdure_workers_ended_total{reason="signal"}');
    };
    await vi.waitUntil(async () => (await endings()) === 1, { timeout: 30_000 });
    child.kill("SIGTERM");
    expect(await closed).toBe(0);
  });

  it("says that it is stopping for as long as its worker processes hand back what they have", async () => {
    const root = makeProject({ "tasks/slow.ts": slow });
    const { url, child, closed } = await start(root);
    await vi.waitUntil(async () => (await readyOf(url)).status === 200, { timeout: 30_000 });
    const gate = join(root, "gate");
    const body = JSON.stringify({ payload: gate });
    await fetch(`${url}/api/v1/tasks/slow/trigger`, { ...authorized, method: "POST", body });
    await vi.waitUntil(async () => (await statusOf(url)).runs.executing === 1, { timeout: 30_000 });
    child.kill("SIGTERM");
    const seen = await vi.waitUntil(
      async () => {
        const ready = await readyOf(url);
        return ready.status === 503 && ready;
      },
      { timeout: 10_000, interval: 20 },
    );
    writeFileSync(gate, "");
    expect(seen.body).toEqual({ ready: false, reasons: ["STOPPING: Perdure is stopping."] });
    expect(await closed).toBe(0);
  });

  it("is not ready while its worker processes do not start, and says nothing secret about why", async () => {
    const broken = `import { task } from "perdure";
if (process.argv[1]?.includes("worker/process")) throw new Error("the secret is hunter2");
export const hello = task({ id: "hello", run: async () => 1 });`;
    const root = makeProject({ "tasks/hello.ts": broken });
    const { url } = await start(root);
    const { status, body } = await readyOf(url);
    expect([status, body.reasons?.[0]]).toEqual([503, expect.stringMatching(/^WORKER/)]);
    await vi.waitUntil(async () => (await readyOf(url)).body.reasons?.[0]?.startsWith("WORKER_START_FAILED"), {
      timeout: 60_000,
    });
    expect(JSON.stringify((await readyOf(url)).body)).not.toContain("hunter2");
    const { out } = await perdure(root, ["status"], { PERDURE_API_URL: url });
    expect(out).toMatch(/\nWORKER_START_FAILED: [\s\S]*hunter2/);
    const sick = await doctor(root, [], { PERDURE_API_URL: url });
    expect([sick.code, sick.bad]).toEqual([3, ["fail server"]]);
  });
});

describe("perdure doctor", () => {
  it("finds nothing wrong with a project that was never started, nor with one that runs", async () => {
    const root = makeProject({ "tasks/hello.ts": taskFile("hello") });
    const port = await freePort();
    expect(await doctor(root, ["--port", String(port)])).toMatchObject({ code: 0, bad: [] });
    const { url, child } = await start(root);
    await vi.waitUntil(async () => (await readyOf(url)).status === 200, { timeout: 30_000 });
    const { code, bad, findings } = await doctor(root, [], { PERDURE_API_URL: url });
    expect([code, bad]).toEqual([0, []]);
    const sentences = findings.map(({ sentence }) => sentence).join("\n");
    expect(sentences).toContain(`process ${child.pid} has it open`);
    expect(sentences).toMatch(/Perdure \d+\.\d+\.\d+ answers at/);
  });

  it("finds each of the things that a start or a call fails by, and says what to do", async () => {
    const root = makeProject({ "perdure.config.ts": "export default 1", "tasks/.keep": "" });
    mkdirSync(join(root, ".perdure"));
    chmodSync(join(root, ".perdure"), 0o755);
    writeFileSync(join(root, ".perdure/perdure.db"), "this is no database, however long one looks at it".repeat(99));
    const variables = { PERDURE_SECRET_KEY: "short", PERDURE_API_URL: "http://127.0.0.1:9" };
    const { code, bad, findings } = await doctor(root, [], variables);
    expect(code).toBe(3);
    expect(bad).toEqual([
      "fail config",
      "fail tasks",
      "fail database",
      "fail secret key",
      "warn folder",
      "fail server",
    ]);
    for (const { level, sentence, cure } of findings) {
      expect(sentence).toMatch(/\.$/);
      expect(cure === undefined).toBe(level === "ok");
    }
  });

  it("sees that others may read the key, that git does not ignore it, and that the port is taken", async () => {
    const root = makeProject({ "tasks/hello.ts": taskFile("hello") });
    await new Promise((done) => execFile("git", ["init", "-q", root], done));
    const { child, closed } = await start(root);
    child.kill("SIGTERM");
    await closed;
    chmodSync(join(root, ".perdure/perdure.db.key"), 0o644);
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const { code, bad } = await doctor(root, ["--port", String(port)]);
    taken.close();
    expect([code, bad]).toEqual([3, ["warn encryption key", "warn git", "fail port"]]);
    writeFileSync(join(root, ".gitignore"), ".perdure\n");
    expect((await doctor(root, ["--port", String(await freePort())])).bad).toEqual(["warn encryption key"]);
  });

  it("asks the server that is named with the key that is given, and with no key of another", async () => {
    const { url } = await start(makeProject({ "tasks/hello.ts": taskFile("hello") }));
    await vi.waitUntil(async () => (await readyOf(url)).status === 200, { timeout: 30_000 });
    const root = makeProject({ "tasks/hello.ts": taskFile("hello") });
    const theirs = { PERDURE_SECRET_KEY: "", TRIGGER_API_URL: url, TRIGGER_SECRET_KEY: KEY };
    const asked = await doctor(root, [], theirs);
    expect([asked.code, asked.bad]).toEqual([0, ["warn secret key"]]);
    expect(asked.findings.map(({ sentence }) => sentence).join("\n")).toMatch(/Perdure \d+\.\d+\.\d+ answers at/);
    mkdirSync(join(root, ".perdure"), { mode: 0o700 });
    const other = {
      url: "http://127.0.0.1:9",
      secretKey: "a-key-of-another-server",
      pid: process.pid,
      startedAt: "now",
    };
    writeFileSync(join(root, ".perdure/server.json"), JSON.stringify(other));
    const keyless = await doctor(root, ["--url", url], { PERDURE_SECRET_KEY: "" });
    expect([keyless.code, keyless.bad]).toEqual([0, ["warn secret key", "warn server"]]);
  });

  it("looks for the database where a start would make it", async () => {
    const root = makeProject({ "tasks/hello.ts": taskFile("hello") });
    const port = String(await freePort());
    const databaseOf = async (db: string) => {
      const { findings } = await doctor(root, ["--port", port], { PERDURE_DATABASE_URL: db });
      return findings.filter(({ check }) => check === "database").map(({ level, sentence }) => `${level} ${sentence}`);
    };
    expect(await databaseOf(`file://${root}/my%20jobs/p.db`)).toEqual([
      `ok ${root}/my jobs/p.db will be made by the first start.`,
    ]);
    expect(await databaseOf("mysql://localhost/jobs")).toEqual([
      expect.stringMatching(/^fail .*there is no driver for mysql/),
    ]);
    expect(await databaseOf(":memory:")).toEqual([expect.stringMatching(/^warn It is in memory/)]);
  });

  it("asks a Postgres whether it answers", async () => {
    const root = makeProject({ "tasks/hello.ts": taskFile("hello") });
    const port = String(await freePort());
    const db = await createTestDatabase();
    const good = await doctor(root, ["--db", db, "--port", port], { PERDURE_ENCRYPTION_KEY: "00".repeat(32) });
    expect([good.code, good.bad]).toEqual([0, []]);
    expect(good.findings.find(({ check }) => check === "database")?.sentence).toMatch(
      /^Postgres \d+\.\d+ .*answers\.$/,
    );
    const bad = await doctor(root, ["--db", "postgres://nobody:secret@127.0.0.1:9/x", "--port", port]);
    expect([bad.code, bad.bad]).toEqual([3, ["fail database", "fail encryption key"]]);
    expect(JSON.stringify(bad.findings)).not.toContain("secret@");
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
