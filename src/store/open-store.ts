import { fileURLToPath } from "node:url";
import { perdureError } from "../core/errors.ts";
import { openMemoryStore } from "./memory-store.ts";
import { openPostgres } from "./postgres.ts";
import { openSqliteFile } from "./sqlite-file.ts";
import type { Store } from "./store.ts";
import type { Definition, StoreOptions } from "./store-options.ts";

/**
 * Opens a store with the verbs of `definition`.
 *
 * @throws {PerdureError} `DATABASE_UNREADABLE`, `DATABASE_LOCKED`, `DATABASE_CORRUPT`, `DATABASE_NEWER`, `DATABASE_ALTERED`,
 * `ENCRYPTION_KEY_WRONG`, `OPTION_INVALID`; nothing was written then.
 */
export async function openStoreWith(options: StoreOptions, definition: Definition): Promise<Store> {
  const { db, env } = options;
  if (db === ":memory:") return openMemoryStore({ env, ...definition });
  if (isPostgres(db)) return openPostgres(options, definition);
  return openSqliteFile(pathOf(db), options, definition);
}

export function isPostgres(db: string): boolean {
  return /^postgres(ql)?:\/\//i.test(db);
}

/** Of a SQLite file. @throws {PerdureError} `OPTION_INVALID`. */
export function pathOf(db: string): string {
  if (db.trim() === "")
    throw perdureError("OPTION_INVALID", {
      what: "db",
      problem: 'it is empty; give the path of a file, ":memory:" or a postgres:// URL',
    });
  if (db.startsWith("file://")) return pathOfUrl(db);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(db)) {
    const scheme = db.slice(0, db.indexOf(":"));
    throw perdureError("OPTION_INVALID", { what: "db", problem: `there is no driver for ${scheme}` });
  }
  return db.startsWith("file:") ? db.slice("file:".length) : db;
}

function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw perdureError("OPTION_INVALID", { what: "db", problem }, { cause: error });
  }
}
