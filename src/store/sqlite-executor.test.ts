import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/store/open-toy.ts";
import type { Outcome } from "./outcome.ts";
import type { Seal } from "./seal.ts";
import { sql } from "./sql.ts";
import { type ConnectionKeeper, keepConnection, keepMemory, pragmasOf } from "./sqlite-connection.ts";
import { loadSqlite } from "./sqlite-driver.ts";
import { createSqliteExecutor, createSqliteReader, type SqliteExecutor } from "./sqlite-executor.ts";
import type { Statements, VerbTable } from "./verb.ts";

const context = { seal: {} as Seal };
const runs: string[] = [];

/** The second table's references are compared at the commit only. */
const SCHEMA = `
  create table notes (id text primary key);
  create table links (id text references notes (id) deferrable initially deferred);`;

const writes: VerbTable = {
  *keep({ id }: { id: string }): Statements<unknown> {
    runs.push(id);
    yield sql`insert into notes values (${id})`;
    return id;
  },
  *link({ id }: { id: string }): Statements<unknown> {
    return yield sql`insert into links values (${id})`;
  },
  *endTransaction(): Statements<unknown> {
    yield sql`rollback`;
    throw new Error("after the end of the transaction");
  },
};

let keeper: ConnectionKeeper;
let executor: SqliteExecutor;

beforeEach(async () => {
  keeper = keepConnection(join(temporaryFolder(), "perdure.db"), await loadSqlite(), pragmasOf("full"));
  keeper.current().execute(SCHEMA);
  executor = createSqliteExecutor(keeper, writes, context);
  runs.length = 0;
});
afterEach(() => keeper.drop());

const exec = (...calls: readonly (readonly [string, string])[]) =>
  executor.exec(calls.map(([verb, id]) => ({ verb, params: { id }, size: 0 }))).map(codeOrResult);
const codeOrResult = (outcome: Outcome) => ("error" in outcome ? outcome.error.code : outcome.result);
const listIds = () => keeper.current().all({ text: "select id from notes order by id", values: [], isStable: true });

describe("exec", () => {
  it("runs each verb once where none throws", () => {
    expect(exec(["keep", "a"], ["keep", "b"])).toEqual(["a", "b"]);
    expect(runs).toEqual(["a", "b"]);
  });

  it("runs the batch a second time where one throws, and rejects that one only", () => {
    expect(exec(["keep", "a"], ["keep", "a"], ["nothing", ""], ["keep", "b"])).toEqual([
      "a",
      "INTERNAL",
      "INTERNAL",
      "b",
    ]);
    expect(listIds().map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("refuses the whole batch as unknown when the commit fails, and opens the file anew", () => {
    const before = keeper.current();
    expect(exec(["keep", "a"], ["link", "nowhere"])).toEqual(["STORE_UNAVAILABLE", "STORE_UNAVAILABLE"]);
    expect(keeper.current()).not.toBe(before);
    expect(exec(["keep", "b"])).toEqual(["b"]);
    expect(listIds().map(({ id }) => id)).toEqual(["b"]);
  });

  it("refuses the whole batch as unknown when the transaction ended by itself", () => {
    expect(exec(["keep", "a"], ["endTransaction", ""])).toEqual(["STORE_UNAVAILABLE", "STORE_UNAVAILABLE"]);
    expect(exec(["keep", "b"])).toEqual(["b"]);
    expect(listIds().map(({ id }) => id)).toEqual(["b"]);
  });

  it("refuses the batch while someone else writes, and goes on after", async () => {
    const other = (await loadSqlite())(keeper.path);
    other.execute("begin immediate");
    keeper.current().execute("pragma busy_timeout = 10");
    expect(exec(["keep", "a"])).toEqual(["STORE_UNAVAILABLE"]);
    other.execute("rollback");
    other.close();
    expect(exec(["keep", "a"])).toEqual(["a"]);
  });

  it("keeps a database in memory through all of it", async () => {
    const memory = keepMemory(await loadSqlite());
    memory.current().execute(SCHEMA);
    executor = createSqliteExecutor(memory, writes, context);
    expect(exec(["keep", "a"])).toEqual(["a"]);
    expect(exec(["keep", "b"], ["link", "nowhere"])).toEqual(["STORE_UNAVAILABLE", "STORE_UNAVAILABLE"]);
    expect(exec(["keep", "b"], ["keep", "a"])).toEqual(["b", "INTERNAL"]);
    memory.close();
  });
});

describe("a connection", () => {
  it.each([
    { durability: "full", synchronous: 2 },
    { durability: "normal", synchronous: 1 },
  ] as const)("waits for the disk as it was told: $durability", async ({ durability, synchronous }) => {
    const other = keepConnection(keeper.path, await loadSqlite(), pragmasOf(durability));
    const pragma = (name: string) =>
      other.current().all({ text: `pragma ${name}`, values: [], isStable: true })[0]?.[name];
    expect([pragma("synchronous"), pragma("journal_mode"), pragma("foreign_keys")]).toEqual([synchronous, "wal", 1]);
    other.drop();
  });
});

describe("a reader", () => {
  it("cannot write, and opens the file anew after trouble with it", async () => {
    const readerKeeper = keepConnection(keeper.path, await loadSqlite(), "pragma query_only = on");
    const reader = createSqliteReader(
      readerKeeper,
      {
        ...writes,
        *list() {
          return yield sql`select id from notes`;
        },
      },
      context,
    );
    expect(() => reader.read("keep", { id: "a" })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/INTERNAL|STORE_UNAVAILABLE/) }),
    );
    exec(["keep", "a"]);
    expect(reader.read("list", {})).toHaveLength(1);
    expect(() => reader.read("nothing", {})).toThrow(expect.objectContaining({ code: "INTERNAL" }));
    readerKeeper.drop();
  });
});
