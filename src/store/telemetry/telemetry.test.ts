import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createTestDatabase } from "../../../test/postgres.ts";
import { temporaryFolder } from "../../../test/store/open-toy.ts";
import { realEnv } from "../../../test/store/toy-verbs.ts";
import { describeTelemetry, lineOf } from "../conformance/telemetry.ts";
import { openStore } from "../index.ts";
import { render, type Sql } from "../sql.ts";
import { loadSqlite } from "../sqlite-driver.ts";
import { type Row, runSync } from "../verb.ts";
import { TELEMETRY_MIGRATIONS } from "./migrations.ts";
import { type OpenTelemetry, openTelemetry } from "./open-telemetry.ts";
import type { Telemetry } from "./telemetry.ts";
import { writes } from "./verbs.ts";

const KEY = "00".repeat(32);

/** Closed after the test. */
function open(db: string, more: Partial<OpenTelemetry> = {}): Telemetry {
  const problems: Error[] = [];
  const telemetry = openTelemetry({
    db,
    env: realEnv,
    environmentId: "env",
    maxBytes: 1024 * 1024 * 1024,
    encryptionKey: KEY,
    onProblem: (error) => void problems.push(error),
    ...more,
  });
  onTestFinished(async () => {
    await telemetry.close();
    expect(problems).toEqual([]);
  });
  return telemetry;
}

const all = async (telemetry: Telemetry, runId = "run") =>
  (await telemetry.readLines({ runId, after: 0, limit: 1_000 })).lines.map(({ message }) => message);

describe("telemetry in memory", () => describeTelemetry(realEnv, (more) => open(":memory:", more)));

describe("telemetry in a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "perdure-telemetry-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  describeTelemetry(realEnv, (more) => open(join(folder, "perdure.db"), more));
});

describe("telemetry on Postgres", () => {
  let db: string;
  beforeAll(async () => {
    db = await createTestDatabase();
    await (await openStore({ db, env: realEnv, encryptionKey: KEY })).close();
  });
  describeTelemetry(realEnv, (more) => open(db, more));

  it("takes lines of one run from several nodes at once", async () => {
    const nodes = [open(db), open(db), open(db)];
    for (let i = 0; i < 40; i++) {
      for (const [n, node] of nodes.entries()) node.writeLines([lineOf("shared", `${n}`), lineOf(`own ${i % 7}`, "x")]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(nodes.map((node) => all(node, "shared")));
    const { lines } = await (nodes[0] as Telemetry).readLines({ runId: "shared", after: 0, limit: 1_000 });
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
  });
});

describe("the file of telemetry", () => {
  const file = () => join(temporaryFolder(), "perdure.db");

  it("is for its owner alone, and holds nothing in clear text", async () => {
    const db = file();
    const telemetry = open(db);
    telemetry.writeLines([lineOf("run", "a very private word", { properties: { note: "another private word" } })]);
    await all(telemetry);
    await telemetry.close();
    expect(statSync(`${db}.telemetry`).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${db}.telemetry`).includes("private word")).toBe(false);
  });

  it("is there after a restart", async () => {
    const db = file();
    const first = open(db);
    first.writeLines([lineOf("run", "before")]);
    await first.close();
    const second = open(db);
    second.writeLines([lineOf("run", "after")]);
    expect(await all(second)).toEqual(["before", "after"]);
  });

  it.each<[string, (path: string) => void, Partial<OpenTelemetry>]>([
    ["is no database", (path) => writeFileSync(path, "x".repeat(10_000)), {}],
    ["is sealed with another key", () => undefined, { encryptionKey: "11".repeat(32) }],
  ])("is made anew when it %s, and says so", async (_, damage, more) => {
    const db = file();
    const first = open(db);
    first.writeLines([lineOf("run", "before")]);
    await first.close();
    damage(`${db}.telemetry`);
    const problems: unknown[] = [];
    const second = open(db, { ...more, onProblem: (error) => void problems.push(error) });
    second.writeLines([lineOf("run", "after")]);
    expect(await all(second)).toEqual(["after"]);
    expect(problems).toEqual([expect.objectContaining({ code: "LOGS_DISCARDED" })]);
  });

  it("that is damaged while it is open is made anew with the next line", async () => {
    const db = file();
    const problems: (Error & { readonly code?: string })[] = [];
    const telemetry = open(db, { onProblem: (error) => void problems.push(error) });
    telemetry.writeLines(Array.from({ length: 900 }, () => lineOf("run", "x".repeat(2_000))));
    await all(telemetry);
    const sqlite = (await loadSqlite())(`${db}.telemetry`);
    sqlite.execute("pragma wal_checkpoint(truncate)");
    sqlite.close();
    writeFileSync(`${db}.telemetry`, readFileSync(`${db}.telemetry`).fill(0x5a, 4096), { flag: "r+" });
    await telemetry.readLines({ runId: "run", after: 0, limit: 10 }).catch(() => undefined);
    await expect
      .poll(
        async () => {
          telemetry.writeLines([lineOf("run", "after")]);
          return (await all(telemetry).catch(() => [])).at(-1);
        },
        { timeout: 15_000, interval: 500 },
      )
      .toBe("after");
    expect(problems.map(({ code }) => code)).toContain("LOGS_DISCARDED");
  });

  it("that cannot be opened costs lines, and nothing else; they are counted when it can", async () => {
    const db = join(temporaryFolder(), "missing", "deeper", "perdure.db");
    const problems: (Error & { readonly code?: string })[] = [];
    const telemetry = open(db, { onProblem: (error) => void problems.push(error) });
    telemetry.writeLines([lineOf("run", "lost")]);
    await expect(all(telemetry)).rejects.toMatchObject({ code: "LOGS_UNAVAILABLE" });
    expect(problems).toEqual([expect.objectContaining({ code: "LOGS_LOST" })]);
  });
});

describe("too many lines", () => {
  it("for the memory are left out, and counted in the run's log", async () => {
    const telemetry = open(":memory:");
    telemetry.writeLines(Array.from({ length: 60_000 }, (_, i) => lineOf("run", `${i}`)));
    await all(telemetry);
    telemetry.writeLines([lineOf("run", "last")]);
    const { lines } = await telemetry.readLines({ runId: "run", after: 49_999, limit: 10 });
    expect(lines.map(({ message, source }) => [source, message])).toEqual([
      ["logger", "49999"],
      ["perdure", expect.stringMatching(/^10000 lines were left out: /)],
      ["logger", "last"],
    ]);
  });

  it("of one run make room for its last ones", async () => {
    const telemetry = open(":memory:");
    for (let i = 0; i < 110; i++) {
      telemetry.writeLines(Array.from({ length: 1_000 }, () => lineOf("run", "x")));
      if (i % 40 === 39) await all(telemetry);
    }
    const { lines } = await telemetry.readLines({ runId: "run", after: 0, limit: 1 });
    expect(lines[0]?.seq).toBe(10_001);
  });
});

describe("SQLite finds lines", () => {
  it("by an index, whatever is asked", async () => {
    const database = (await loadSqlite())(":memory:");
    for (const { statements } of TELEMETRY_MIGRATIONS) for (const statement of statements) database.execute(statement);
    const plans: string[] = [];
    const execute = (query: Sql): readonly Row[] => {
      const { text, values } = render(query, "sqlite");
      const steps = database.all({ text: `explain query plan ${text}`, values, isStable: false });
      plans.push(...steps.map(({ detail }) => `${detail}`));
      return database.all({ text, values, isStable: true });
    };
    const seal = {
      close: (text: string) => Buffer.from(text),
      open: (bytes: Uint8Array) => Buffer.from(bytes).toString(),
      derive: (purpose: string) => purpose,
    };
    const here = { environmentId: "env", runId: "run" };
    const calls: [string, object][] = [
      ["appendLines", { ...here, lines: JSON.stringify([1, 2, 3].map((n) => lineOf("run", `${n}`))), linesPerRun: 2 }],
      ["readLines", { ...here, after: 0, limit: 10, maxBytes: 1_000 }],
      ["pruneLines", { ...here, before: 5_000, maxBytes: 0, limit: 1 }],
      ["deleteLines", { ...here, runIds: ["run"] }],
    ];
    for (const [verb, params] of calls) runSync((writes[verb] as (typeof writes)[string])(params, { seal }), execute);
    database.close();
    const scans = plans.filter(
      (plan) => /SCAN log_lines/.test(plan) || /log_lines .*\(environment_id=\?\)$/.test(plan),
    );
    // The oldest lines, in the order of the index, up to a limit.
    expect(scans.filter((plan) => !plan.includes("log_lines_oldest"))).toEqual([]);
  });
});
