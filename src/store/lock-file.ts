/**
 * One process at a time: `<database>.lock` is a small SQLite database in which the node holds a transaction open for its
 * life. The system drops such a lock when the process dies, however it dies. A row in it says who holds it, and can be read
 * by others meanwhile.
 */
import { type Env, sleep } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import { render, type Sql, sql } from "./sql.ts";
import { openConfigured } from "./sqlite-connection.ts";
import type { OpenSqlite, SqliteConnection } from "./sqlite-driver.ts";
import { openError, sqliteTrouble } from "./sqlite-errors.ts";
import type { Row } from "./verb.ts";

export interface DatabaseLock {
  /** Where the holder can be reached, for whoever finds the database locked. */
  announce(address: string): void;
  release(): void;
}

/** Outlasts the moments in which another process only looks. */
const BUSY_TIMEOUT_MS = 250;

/** Longer than a holder ever lets go to commit what it has to say. */
const RECHECK_MS = 100;
const MAX_CHECKS = 20;

/** @throws {PerdureError} `DATABASE_LOCKED`, naming the process that has it. */
export async function lockDatabase(path: string, open: OpenSqlite, env: Env): Promise<DatabaseLock> {
  const lockPath = `${path}.lock`;
  const token = Buffer.from(env.randomBytes(16)).toString("hex");
  const database = openLockFile(lockPath, open);
  try {
    await acquire();
    return { announce, release };
  } catch (error) {
    database.close();
    throw openError(error, lockPath);
  }

  async function acquire(): Promise<void> {
    let seen: unknown;
    for (let check = 0; check < MAX_CHECKS; check++) {
      begin();
      const holder = findHolder();
      if (holder === undefined || holder["token"] === seen) return take();
      // It was killed, or it is about to lock again. If it is still there unchanged in a moment, it was killed.
      seen = holder["token"];
      database.execute("rollback");
      await sleep(env, RECHECK_MS);
    }
    throw lockedBy(findHolder());
  }

  function take(): void {
    run(sql`delete from holder`);
    run(
      sql`insert into holder (token, pid, started_at, address) values (${token}, ${process.pid}, ${env.now()}, ${null})`,
    );
    commitAndHold();
  }

  /** What others may read must be committed, and between the commit and the next transaction another one may come. */
  function commitAndHold(): void {
    database.execute("commit");
    begin();
    const holder = findHolder();
    if (holder?.["token"] === token) return;
    database.execute("rollback");
    throw lockedBy(holder);
  }

  function begin(): void {
    try {
      database.execute("begin immediate");
    } catch (error) {
      if (sqliteTrouble(error) === "busy") throw lockedBy(findHolder());
      throw error;
    }
  }

  function announce(address: string): void {
    run(sql`update holder set address = ${address}`);
    commitAndHold();
  }

  /** The row is deleted so that the next start need not ask whether we are really gone; on a full disk it has to. */
  function release(): void {
    try {
      run(sql`delete from holder`);
      database.execute("commit");
    } catch {
    } finally {
      database.close();
    }
  }

  function findHolder(): Row | undefined {
    return run(sql`select token, pid, address from holder`)[0];
  }

  function run(query: Sql): readonly Row[] {
    return database.all(render(query, "sqlite"));
  }

  function lockedBy(holder: Row | undefined): Error {
    return perdureError("DATABASE_LOCKED", { path, holder: describe(holder) });
  }
}

function openLockFile(path: string, open: OpenSqlite): SqliteConnection {
  try {
    return openConfigured(
      path,
      open,
      `pragma busy_timeout = ${BUSY_TIMEOUT_MS};
       create table if not exists holder (token text not null, pid integer not null, started_at integer not null, address text);`,
    );
  } catch (error) {
    throw openError(error, path);
  }
}

function describe(holder: Row | undefined): string {
  if (holder === undefined) return "";
  const { pid, address } = holder;
  if (pid === process.pid) return `: it is open already in this one, pid ${pid}`;
  return address === null ? `, pid ${pid}` : `, pid ${pid} at ${address}`;
}
