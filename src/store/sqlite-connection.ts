import type { OpenSqlite, SqliteConnection } from "./sqlite-driver.ts";

/**
 * The connection of one owner, opened when it is first needed and again after it was dropped: after trouble with the disk
 * SQLite may hold a wrong picture of the file.
 */
export interface ConnectionKeeper {
  readonly path: string;
  /** @throws whatever SQLite says when the file cannot be opened. */
  current(): SqliteConnection;
  drop(): void;
}

export type Durability = "full" | "normal";

/** High, since a checkpoint inside a commit stalls it: another thread does them in passing, and this is the backstop. */
const CHECKPOINT_PAGES = 10_000;
const BUSY_TIMEOUT_MS = 5_000;

export function keepConnection(path: string, open: OpenSqlite, pragmas: string): ConnectionKeeper {
  let connection: SqliteConnection | undefined;
  return {
    path,
    current() {
      connection ??= openConfigured(path, open, pragmas);
      return connection;
    },
    drop() {
      const dropped = connection;
      connection = undefined;
      if (dropped !== undefined) closeQuietly(dropped);
    },
  };
}

/** A database in memory has one connection for reads and writes, and nothing to look at again after trouble. */
export function keepMemory(open: OpenSqlite): ConnectionKeeper & { close(): void } {
  const path = ":memory:";
  const connection = openConfigured(path, open, pragmasOf("normal"));
  return { path, current: () => connection, drop: () => undefined, close: () => connection.close() };
}

/** `fullfsync`: on macOS an ordinary fsync leaves the write in the drive's cache. Other systems ignore it. */
export function pragmasOf(durability: Durability, busyTimeoutMs = BUSY_TIMEOUT_MS): string {
  return `
    pragma busy_timeout = ${busyTimeoutMs};
    pragma journal_mode = wal;
    pragma synchronous = ${durability};
    pragma fullfsync = ${durability === "full" ? "on" : "off"};
    pragma wal_autocheckpoint = ${CHECKPOINT_PAGES};
    pragma foreign_keys = on;
    pragma trusted_schema = off;
  `;
}

/** `query_only` rather than a connection opened for reading: that one could not recover the log of a process that was killed. */
export const READER_PRAGMAS = `pragma busy_timeout = ${BUSY_TIMEOUT_MS}; pragma trusted_schema = off; pragma query_only = on;`;

export function openConfigured(path: string, open: OpenSqlite, pragmas: string): SqliteConnection {
  const connection = open(path);
  try {
    connection.execute(pragmas);
    return connection;
  } catch (error) {
    closeQuietly(connection);
    throw error;
  }
}

/** A connection that cannot even be closed is left to the end of its thread. */
function closeQuietly(connection: SqliteConnection): void {
  try {
    connection.close();
  } catch {}
}
