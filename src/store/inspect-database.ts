import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Env } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { isOnNetwork } from "./network-disk.ts";
import { createPool, inTransaction } from "./postgres-pool.ts";
import { render, sql } from "./sql.ts";
import { openConfigured, READER_PRAGMAS } from "./sqlite-connection.ts";
import { loadSqlite, type OpenSqlite } from "./sqlite-driver.ts";

/** A database file as it lies there, whoever has it open. */
export interface FileInspection {
  readonly exists: boolean;
  readonly isOnNetwork: boolean;
  /** The process that has it open, and where that answers. */
  readonly holder?: { readonly pid: number; readonly address?: string };
  readonly migration?: string;
  /** It has a migration that this Perdure does not know. */
  readonly isNewer: boolean;
  readonly bytes: number;
  /** The key beside it: who may read it, as an octal mode, and when it is there. */
  readonly keyFile?: { readonly path: string; readonly mode: number };
}

/** Looks, and keeps nobody from anything. @throws what SQLite says of a file that it cannot read. */
export async function inspectFile(path: string): Promise<FileInspection> {
  const exists = existsSync(path);
  const keyPath = `${path}.key`;
  const about = {
    exists,
    isOnNetwork: existsSync(dirname(path)) && isOnNetwork(path),
    isNewer: false,
    bytes: exists ? statSync(path).size : 0,
    ...(existsSync(keyPath) ? { keyFile: { path: keyPath, mode: statSync(keyPath).mode & 0o777 } } : {}),
  };
  if (!exists) return about;
  const open = await loadSqlite();
  const [last] = readRows(path, open, sql`select max(name) as name from migrations`);
  const holder = findHolder(`${path}.lock`, open);
  const migration = last?.["name"];
  return {
    ...about,
    ...(typeof migration === "string"
      ? { migration, isNewer: !MIGRATIONS.some(({ name }) => name === migration) }
      : {}),
    ...(holder === undefined ? {} : { holder }),
  };
}

/** The row outlives a process that was killed, so the process is looked for too. */
function findHolder(lockPath: string, open: OpenSqlite): FileInspection["holder"] {
  if (!existsSync(lockPath)) return undefined;
  const [row] = readRows(lockPath, open, sql`select pid, address from holder`);
  const pid = row?.["pid"];
  if (typeof pid !== "number" || !isAlive(pid)) return undefined;
  const address = row?.["address"];
  return { pid, ...(typeof address === "string" ? { address } : {}) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readRows(path: string, open: OpenSqlite, query: ReturnType<typeof sql>) {
  const connection = openConfigured(path, open, READER_PRAGMAS);
  try {
    return connection.all(render(query, "sqlite"));
  } finally {
    connection.close();
  }
}

/** A Postgres as it answers. @throws {PerdureError} `OPTION_INVALID` without the package `pg`, `STORE_UNAVAILABLE` when it does not answer. */
export async function inspectPostgres(
  url: string,
  env: Env,
): Promise<{ readonly version: string; readonly aheadMs: number }> {
  if (!URL.canParse(url)) throw perdureError("OPTION_INVALID", { what: "db", problem: "it is no postgres:// URL" });
  const pool = await createPool({ url, max: 1, durability: "normal", queryTimeoutMs: 5_000 });
  try {
    return await inTransaction(pool, "begin read only", async (client) => {
      const askedAt = env.now();
      const { rows } = await client.query(
        "select current_setting('server_version') as version, (extract(epoch from clock_timestamp()) * 1000)::bigint as now",
      );
      const [row] = rows as [{ version: string; now: number }];
      return { version: row.version, aheadMs: row.now - (askedAt + env.now()) / 2 };
    });
  } finally {
    await pool.end();
  }
}
