import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../../test/postgres.ts";
import { forUpdate, render, rows, skipLocked, sql } from "./sql.ts";
import { loadSqlite, type SqliteConnection } from "./sqlite-driver.ts";

describe("a query", () => {
  it("has its values as parameters only", () => {
    const query = sql`select ${"'; drop table runs"}, ${undefined}, ${null}, ${new Uint8Array([1])}`;
    expect(render(query, "sqlite")).toEqual({
      text: "select ?, ?, ?, ?",
      values: ["'; drop table runs", null, null, new Uint8Array([1])],
      isStable: true,
    });
    expect(render(query, "postgres").text).toBe("select $1, $2, $3, $4");
  });

  it("has the text of its template, whatever its values", () => {
    const one = (id: string | undefined) => sql`select ${id}, ${1}`;
    expect(render(one("a"), "postgres").text).toBe(render(one(undefined), "postgres").text);
    expect(render(one("b"), "postgres").values).toEqual(["b", 1]);
  });

  it("expands lists, and matches nothing with an empty one", () => {
    expect(render(sql`in (${["a", "b"]}) and ${1}`, "postgres")).toEqual({
      text: "in ($1, $2) and $3",
      values: ["a", "b", 1],
      isStable: false,
    });
    expect(render(sql`in (${[]})`, "sqlite").text).toBe("in (null)");
  });

  it("may hold other queries and fragments", () => {
    const inner = sql`status = ${"queued"}`;
    expect(render(sql`where ${inner} and id = ${1} ${skipLocked}`, "postgres")).toEqual({
      text: "where status = $1 and id = $2 for update skip locked",
      values: ["queued", 1],
      isStable: true,
    });
    expect(render(sql`x ${skipLocked}${forUpdate}`, "sqlite").text).toBe("x ");
    expect(render(sql`${forUpdate}`, "postgres").text).toBe("for update");
  });
});

describe("rows", () => {
  let sqlite: SqliteConnection;
  let postgres: pg.Client;
  beforeAll(async () => {
    sqlite = (await loadSqlite())(":memory:");
    postgres = new pg.Client({ connectionString: await createTestDatabase() });
    await postgres.connect();
    return async () => {
      sqlite.close();
      await postgres.end();
    };
  });

  it.each([
    {
      name: "some",
      list: [
        { id: "b'", epoch: 2 },
        { id: 'a"\n', epoch: 9_007_199_254_740_991 },
        { id: "c", epoch: null },
      ],
    },
    { name: "none", list: [] },
  ])("are the same table in both databases, in their order: $name", async ({ list }) => {
    const query = sql`select id, epoch, ${"x"} as mark from ${rows(list, { id: "text", epoch: "bigint" })} as held`;
    const expected = list.map((row) => ({ ...row, mark: "x" }));
    expect(sqlite.all(render(query, "sqlite")).map((row) => ({ ...row }))).toEqual(expected);
    const found = await postgres.query(render(query, "postgres").text, [...render(query, "postgres").values]);
    expect(found.rows.map((row) => ({ ...row, epoch: row.epoch === null ? null : Number(row.epoch) }))).toEqual(
      expected,
    );
  });

  it("have one text for all lengths", () => {
    const text = (length: number) =>
      render(
        sql`${rows(
          Array.from({ length }, () => ({ id: "a" })),
          { id: "text" },
        )}`,
        "postgres",
      ).text;
    expect(text(1)).toBe(text(50));
  });
});
