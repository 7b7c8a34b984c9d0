/** Opening a SQLite file: the folder, the lock, the schema and the key, in this order; nothing is written before all are right. */
import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { perdureError } from "../core/errors.ts";
import { assembleStore } from "./assemble-store.ts";
import { openBlobFolder } from "./blob-folder.ts";
import { createBlobs } from "./blobs.ts";
import { checkKey, type FindKey, findGivenKey, keyBeside, sealWith } from "./installation-key.ts";
import { lockDatabase } from "./lock-file.ts";
import { migrate } from "./migrate.ts";
import { isOnNetwork } from "./network-disk.ts";
import { createPackets } from "./packets.ts";
import { render, sql } from "./sql.ts";
import {
  type ConnectionKeeper,
  keepConnection,
  openConfigured,
  pragmasOf,
  READER_PRAGMAS,
} from "./sqlite-connection.ts";
import { loadSqlite, type OpenSqlite, type SqliteConnection } from "./sqlite-driver.ts";
import { openError, problemOf } from "./sqlite-errors.ts";
import { createSqliteDriver } from "./sqlite-store.ts";
import type { Store } from "./store.ts";
import type { Definition, StoreOptions } from "./store-options.ts";
import { runSync, type Statements } from "./verb.ts";

export async function openSqliteFile(given: string, options: StoreOptions, definition: Definition): Promise<Store> {
  const { env, durability = "full", onBatch, onProblem = () => undefined } = options;
  const path = realPath(given);
  if (isOnNetwork(path))
    onProblem(
      new Error(`${path} lies on a network file system, whose locks SQLite cannot rely on: move it to a local disk.`),
    );
  const open = await loadSqlite();
  const lock = await lockDatabase(path, open, env);
  try {
    const key = prepare(path, open, options, definition);
    const seal = sealWith(key, env, path);
    const keeper = keepConnection(path, open, READER_PRAGMAS);
    const driver = createSqliteDriver({
      env,
      path,
      keeper,
      lock,
      key,
      seal,
      durability,
      verbs: definition,
      verbsUrl: definition.url,
      onProblem,
      ...(onBatch === undefined ? {} : { onBatch }),
    });
    const shelf = openBlobFolder(path, env, (ids) => listKnownBlobs(keeper, ids));
    const blobs = createBlobs({ shelf, seal, env, path, onProblem });
    return assembleStore(driver, definition, blobs, createPackets({ shelf, seal, key }));
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Brings the schema up to date and compares the key, in one transaction. */
function prepare(
  path: string,
  open: OpenSqlite,
  { env, encryptionKey, durability = "full" }: StoreOptions,
  { migrations }: Definition,
): Uint8Array {
  const givenKey = findGivenKey(encryptionKey);
  const findKey: FindKey = givenKey === undefined ? keyBeside(path, env) : () => givenKey;
  let database: SqliteConnection | undefined;
  try {
    database = openConfigured(path, open, pragmasOf(durability));
    database.execute("begin immediate");
    run(database, migrate(migrations, path, env.now()));
    const key = run(database, checkKey(findKey, env, path));
    database.execute("commit");
    return key;
  } catch (error) {
    throw openError(error, path);
  } finally {
    // Closing rolls back what was not committed.
    database?.close();
  }
}

function listKnownBlobs(keeper: ConnectionKeeper, ids: readonly string[]): ReadonlySet<string> {
  const found = keeper.current().all(render(sql`select id from blobs where id in (${ids})`, "sqlite"));
  return new Set(found.map((row) => String(row["id"])));
}

function run<Result>(database: SqliteConnection, statements: Statements<Result>): Result {
  return runSync(statements, (query) => database.all(render(query, "sqlite")));
}

/** The file behind links, so that two names of one file find one lock. Makes the last folder of the path, not more: a typing error is more likely. */
export function realPath(given: string): string {
  const path = resolve(given);
  const folder = dirname(path);
  try {
    if (!existsSync(folder) && existsSync(dirname(folder))) mkdirSync(folder, { mode: 0o700 });
    if (!existsSync(folder)) throw new Error(`there is no folder ${folder}`);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    if (!existsSync(path)) return join(realpathSync(folder), basename(path));
    if (!statSync(path).isFile()) throw new Error("it is not a file");
    accessSync(path, constants.R_OK | constants.W_OK);
    return realpathSync(path);
  } catch (error) {
    throw perdureError("DATABASE_UNREADABLE", { path, problem: problemOf(error) }, { cause: error });
  }
}
