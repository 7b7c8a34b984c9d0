import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTestDatabase } from "../../../test/postgres.ts";
import { MIGRATIONS } from "./index.ts";

/** Of migrations that were released, and of the one to come. A released one never changes: write the next one instead. */
const CHECKSUMS: Readonly<Record<string, string>> = {
  "0001-runs": "022f730083cc3be52126c4bcfae1aabda4ef543179b2f4aedccaa9aa509d9574",
  "0002-open-versions": "e9e70d41676b171786a8d56180bc77b357868c8bb921d9d597b1ebb4bee87339",
  "0003-batches": "d77b9f5a107ec6169ab5d17e257aa09af70bd574aa81b0e9194e22854e326a62",
  "0004-api-keys": "0b0b488c16f8648ee88f057eae4b1f47ae1224996acba8e1640ff6b67b0c5a72",
  "0005-paused-queues": "04b6f38e9a59c2c32e68eb43161adbd17395fac7af78f627729db2ab798f66e3",
  "0006-quarantine": "196431119a28992e83fa6557cac548da959821d6e82d5f05de9602949a3d150c",
  "0007-ready-of-version": "3d1bca721b270e7dc8c27f98e16dfbc2a774a81561335984b2e48af31e1f7f37",
  "0008-automatic-effects": "f60bc7d5fd25744a9ddc91c1cd7a1519ab97e53f09aa923f182c91b038eb2bed",
};

interface Schema {
  /** `table.column type null|not null`, in the order of the columns. */
  readonly columns: readonly string[];
  /** `name on table (columns)`, with `unique` and `where` as they apply; primary keys too. */
  readonly indexes: readonly string[];
}

describe("the migrations", () => {
  it("keep their text once they are released", () => {
    const found = MIGRATIONS.map(({ name, statements }) => [
      name,
      createHash("sha256").update(statements.join(";\n")).digest("hex"),
    ]);
    expect(Object.fromEntries(found)).toEqual(CHECKSUMS);
  });

  it("are numbered in their order", () => {
    const names = MIGRATIONS.map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    for (const [i, name] of names.entries())
      expect(name).toMatch(new RegExp(`^${String(i + 1).padStart(4, "0")}-[a-z-]+$`));
  });

  it("make the same schema in both databases", async () => {
    const [sqlite, postgres] = [readSqlite(), await readPostgres()];
    expect(postgres.columns).toEqual(sqlite.columns);
    expect(postgres.indexes).toEqual(sqlite.indexes);
    expect(sqlite.columns.length).toBeGreaterThan(80);
  });

  it("keep the entries that are there when their table is made anew", async () => {
    const before = MIGRATIONS.findIndex(({ name }) => name === "0008-automatic-effects");
    const [older, newer] = [MIGRATIONS.slice(0, before), MIGRATIONS.slice(before)].map((some) =>
      some.flatMap(({ statements }) => statements),
    ) as [string[], string[]];
    const [values, columns] = [
      "'env', 'run', 1, 1, 'step', 'step:a#1', 'completed', 7, 'w', 2, 5",
      "seq, key, kept_seq, place",
    ];
    const insert = `insert into entries (environment_id, run_id, seq, journal, kind, key, outcome, kept_seq, waitpoint_id, epoch, created_at) values (${values})`;
    const sqlite = new DatabaseSync(":memory:");
    onTestFinished(() => sqlite.close());
    for (const statement of [...older, insert, ...newer]) sqlite.exec(statement);
    const client = new pg.Client({ connectionString: await createTestDatabase() });
    await client.connect();
    onTestFinished(() => client.end());
    for (const statement of [...older, insert, ...newer]) await client.query(statement);
    const expected = { seq: 1, key: "step:a#1", kept_seq: 7, place: null };
    expect({ ...sqlite.prepare(`select ${columns} from entries`).get() }).toEqual(expected);
    expect((await client.query(`select seq::int, key, kept_seq::int, place from entries`)).rows).toEqual([expected]);
    const other = insert.replace("'step', 'step:a#1'", "'guess', 'a'").replace("1, 1", "2, 1");
    expect(() => sqlite.exec(other)).toThrow("CHECK constraint failed");
    await expect(client.query(other)).rejects.toThrow("check constraint");
  });

  it("put the environment first, in every table and every index", () => {
    const { columns, indexes } = readSqlite();
    const tables = new Set(columns.map((column) => column.split(".")[0]));
    expect(tables.size).toBe(13);
    for (const table of tables) expect(columns).toContain(`${table}.environment_id text not null`);
    for (const index of indexes) expect(index).toMatch(/\(environment_id[,)]/);
  });
});

function readSqlite(): Schema {
  const database = new DatabaseSync(":memory:");
  onTestFinished(() => database.close());
  for (const { statements } of MIGRATIONS) for (const statement of statements) database.exec(statement);
  const all = (text: string) => database.prepare(text).all() as Record<string, string | number>[];
  const tables = all("select name from sqlite_master where type = 'table' order by name").map(({ name }) =>
    String(name),
  );
  const columns = tables.flatMap((table) =>
    all(`select name, type, "notnull" as required from pragma_table_info('${table}') order by cid`).map(
      ({ name, type, required }) =>
        `${table}.${name} ${String(type).toLowerCase()} ${required === 1 ? "not null" : "null"}`,
    ),
  );
  const indexes = tables.flatMap((table) =>
    all(`select name, "unique" as is_unique, origin, partial from pragma_index_list('${table}')`).map((index) => {
      const of = all(`select name from pragma_index_info('${index["name"]}') order by seqno`).map(({ name }) => name);
      const name = index["origin"] === "pk" ? "primary key" : index["name"];
      return describeIndex(table, String(name), of.join(", "), index["is_unique"] === 1, index["partial"] === 1);
    }),
  );
  return { columns, indexes: indexes.toSorted() };
}

async function readPostgres(): Promise<Schema> {
  const client = new pg.Client({ connectionString: await createTestDatabase() });
  await client.connect();
  onTestFinished(() => client.end());
  for (const { statements } of MIGRATIONS) for (const statement of statements) await client.query(statement);
  const found = await client.query<Record<string, string>>(`
    select table_name, column_name, udt_name, is_nullable from information_schema.columns
    where table_schema = 'public' order by table_name collate "C", ordinal_position`);
  const columns = found.rows.map(
    ({ table_name, column_name, udt_name, is_nullable }) =>
      `${table_name}.${column_name} ${udt_name === "int8" ? "bigint" : udt_name} ${is_nullable === "NO" ? "not null" : "null"}`,
  );
  const indexed = await client.query(`
    select tables.relname as table_name, indexes.relname as name, indisunique, indisprimary, indpred is not null as partial,
      (select string_agg(attname, ', ' order by position) from unnest(indkey) with ordinality as keys(number, position)
        join pg_attribute on attrelid = indrelid and attnum = number) as columns
    from pg_index join pg_class as indexes on indexes.oid = indexrelid join pg_class as tables on tables.oid = indrelid
    where tables.relnamespace = 'public'::regnamespace`);
  const indexes = indexed.rows.map((row) =>
    describeIndex(
      row.table_name,
      row.indisprimary ? "primary key" : row.name,
      row.columns,
      row.indisunique,
      row.partial,
    ),
  );
  return { columns, indexes: indexes.toSorted() };
}

function describeIndex(table: string, name: string, columns: string, isUnique: boolean, isPartial: boolean): string {
  return `${name} on ${table} (${columns})${isUnique ? " unique" : ""}${isPartial ? " where" : ""}`;
}
