import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorOf, temporaryFolder } from "../../test/store/open-toy.ts";
import { host, task } from "../sdk/index.ts";
import { createPerdure, type PerdureOptions } from "./index.ts";

const echo = task({ id: "echo", run: (given: string) => given });
const other = task({ id: "echo", run: () => "other" });

/** What people hand over by mistake, without the types that would have told them. */
const MISTAKES: readonly { what: string; options: unknown; code: string; names: string }[] = [
  { what: "nothing", options: undefined, code: "OPTION_INVALID", names: "db and tasks" },
  { what: "null", options: null, code: "OPTION_INVALID", names: "db and tasks" },
  { what: "an unknown option", options: { databse: "x" }, code: "OPTION_UNSUPPORTED", names: "databse" },
  { what: "no database", options: { db: undefined }, code: "OPTION_INVALID", names: "db" },
  { what: "an empty path", options: { db: " " }, code: "OPTION_INVALID", names: "empty" },
  { what: "a URL as an object", options: { db: new URL("file:///x") }, code: "OPTION_INVALID", names: "db" },
  { what: "a file on another host", options: { db: "file://host/x" }, code: "OPTION_INVALID", names: "db" },
  { what: "another database", options: { db: "mysql://host/x" }, code: "OPTION_INVALID", names: "mysql" },
  { what: "no list of tasks", options: { tasks: echo }, code: "OPTION_INVALID", names: "tasks" },
  { what: "something that is no task", options: { tasks: [{ id: "x" }] }, code: "TASK_INVALID", names: "task()" },
  { what: "two tasks with one id", options: { tasks: [echo, other] }, code: "TASK_DUPLICATE", names: "echo" },
  { what: "no concurrency", options: { concurrency: 0 }, code: "OPTION_INVALID", names: "concurrency" },
  { what: "a number as text", options: { concurrency: "5" }, code: "OPTION_INVALID", names: "concurrency" },
  { what: "a negative number", options: { keepWarm: -1 }, code: "OPTION_INVALID", names: "keepWarm" },
  { what: "no attempts", options: { retry: { maxAttempts: 0 } }, code: "OPTION_INVALID", names: "maxAttempts" },
  { what: "a number of retries", options: { retry: 5 }, code: "OPTION_INVALID", names: "retry" },
  { what: "a policy that is null", options: { retry: null }, code: "OPTION_INVALID", names: "retry" },
  { what: "a typing error in it", options: { retry: { attempts: 5 } }, code: "OPTION_UNSUPPORTED", names: "attempts" },
  { what: "an unknown word", options: { onDivergence: "stop" }, code: "OPTION_INVALID", names: "onDivergence" },
  { what: "an unknown mode", options: { effects: "all" }, code: "OPTION_INVALID", names: "effects" },
  {
    what: "a typing error beside it",
    options: { effects: { skip: [] } },
    code: "OPTION_UNSUPPORTED",
    names: "effects.skip",
  },
  { what: "another unknown word", options: { durability: "half" }, code: "OPTION_INVALID", names: "durability" },
  { what: "an empty key", options: { encryptionKey: "" }, code: "OPTION_INVALID", names: "encryptionKey" },
  { what: "a key of bytes", options: { encryptionKey: Buffer.alloc(32) }, code: "OPTION_INVALID", names: "base64" },
  { what: "a short key", options: { encryptionKey: "abc" }, code: "OPTION_INVALID", names: "openssl rand" },
  { what: "a bare number of days", options: { retention: 30 }, code: "DURATION_INVALID", names: "retention" },
  { what: "a lease of no time", options: { lease: "10ms" }, code: "OPTION_INVALID", names: "lease" },
  { what: "a lease of a day", options: { lease: { days: 1 } }, code: "OPTION_INVALID", names: "lease" },
  { what: "a lease that is no time", options: { lease: "soon" }, code: "DURATION_INVALID", names: "lease" },
  { what: "a version that is a number", options: { version: 5 }, code: "OPTION_INVALID", names: "version" },
  { what: "a listener that is none", options: { onProblem: "log" }, code: "OPTION_INVALID", names: "onProblem" },
];

describe("createPerdure refuses", () => {
  it.each(MISTAKES)("$what, and has opened nothing", async ({ options, code, names }) => {
    const db = join(temporaryFolder(), "perdure.db");
    const given = typeof options === "object" && options !== null ? { db, tasks: [echo], ...options } : options;
    const error = await errorOf(createPerdure(given as PerdureOptions));
    expect(error).toMatchObject({ code, name: "PerdureError" });
    expect(error.message).toContain(names);
    expect(host().clients.size).toBe(0);
    expect(existsSync(db)).toBe(false);
  });
});

describe("createPerdure accepts", () => {
  it("all of its options at once", async () => {
    const db = join(temporaryFolder(), "perdure.db");
    await using perdure = await createPerdure({
      db,
      tasks: [echo],
      concurrency: 1,
      keepWarm: 0,
      version: "1",
      retry: { maxAttempts: 1 },
      onDivergence: "fail",
      effects: { mode: "steps-only", ignore: ["otel.example.com"], onUncertain: "fail" },
      encryptionKey: "ab".repeat(32),
      durability: "normal",
      lease: "5s",
      retention: "never",
      onLog: () => undefined,
      onProblem: () => undefined,
    });
    const run = await perdure.runs.poll(await echo.trigger("a"));
    expect(run).toMatchObject({ output: "a", version: "1", maxAttempts: 1 });
  });
});
