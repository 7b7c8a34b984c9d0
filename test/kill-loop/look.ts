/** Reads the database beside its nodes, as it is at a moment, and as raw rows: nothing of ours stands between. */
import { existsSync, readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import type { Place } from "./place.ts";

export interface Look {
  /** With `?` for each value. */
  all(text: string, ...values: readonly (string | number)[]): Promise<readonly Row[]>;
  /** Files of long values that no row names, or rows that nothing refers to. */
  orphanBlobs(): Promise<readonly string[]>;
  /** Files under temporary names, of values that were on their way. */
  halfBlobs(): readonly string[];
  close(): Promise<void>;
}

export type Row = Readonly<Record<string, unknown>>;

export function openLook(place: Place): Look {
  return place.isPostgres ? lookAtPostgres(place.db) : lookAtSqlite(place.db);
}

function lookAtSqlite(path: string): Look {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  const folder = `${path}.blobs`;
  const files = () => (existsSync(folder) ? readdirSync(folder) : []);
  const all = async (text: string, ...values: readonly (string | number)[]) => database.prepare(text).all(...values);
  return {
    all,
    halfBlobs: () => files().filter((name) => name.endsWith(".tmp")),
    async orphanBlobs() {
      const known = new Set((await all("select id from blobs where refs > 0")).map(({ id }) => String(id)));
      return files().filter((name) => !known.has(name));
    },
    close: async () => database.close(),
  };
}

function lookAtPostgres(url: string): Look {
  const types = { getTypeParser: (oid: number) => (oid === 20 ? Number : pg.types.getTypeParser(oid)) };
  const pool = new pg.Pool({ connectionString: url, max: 2, options: "-c search_path=perdure", types: types as never });
  // Postgres may be killed as well; who asks then hears of it.
  pool.on("error", () => undefined);
  const all = async (text: string, ...values: readonly (string | number)[]) => {
    let place = 0;
    return (
      await pool.query(
        text.replaceAll("?", () => `$${++place}`),
        [...values],
      )
    ).rows as Row[];
  };
  return {
    all,
    halfBlobs: () => [],
    orphanBlobs: async () => (await all("select id from blobs where refs = 0")).map(({ id }) => String(id)),
    close: () => pool.end(),
  };
}
