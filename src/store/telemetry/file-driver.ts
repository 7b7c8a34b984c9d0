import { closeSync, existsSync, openSync, rmSync } from "node:fs";
import type { Env } from "../../core/env.ts";
import { type ErrorCode, isPerdureError, perdureError } from "../../core/errors.ts";
import { checkKey, findGivenKey, keyBeside } from "../installation-key.ts";
import { migrate } from "../migrate.ts";
import { siblingUrl } from "../sibling.ts";
import { render } from "../sql.ts";
import { openConfigured, pragmasOf } from "../sqlite-connection.ts";
import { loadSqlite, type OpenSqlite } from "../sqlite-driver.ts";
import { openError, problemOf } from "../sqlite-errors.ts";
import { realPath } from "../sqlite-file.ts";
import { createStoreThread } from "../store-thread.ts";
import { runSync, type Statements } from "../verb.ts";
import { TELEMETRY_MIGRATIONS, TELEMETRY_MIGRATIONS_TABLE } from "./migrations.ts";
import type { TelemetryDriver } from "./telemetry.ts";

export interface FileDriverOptions {
  readonly env: Env;
  readonly encryptionKey?: string;
  readonly onProblem: (error: Error) => void;
}

type Thread = ReturnType<typeof createStoreThread>;

/** What another file would mend. One that a newer version wrote is left to it. */
const BEYOND_REPAIR: ReadonlySet<ErrorCode> = new Set(["DATABASE_CORRUPT", "DATABASE_ALTERED", "ENCRYPTION_KEY_WRONG"]);

/**
 * Telemetry in the file `<db>.telemetry`, owned by a thread of its own. A file that cannot be used is made anew: it holds no fact
 * that a run depends on. `normal`: a commit waits for no disk, and yet a power failure does not damage the file.
 */
export function createFileDriver(db: string, { env, encryptionKey, onProblem }: FileDriverOptions): TelemetryDriver {
  let opening: Promise<Thread> | undefined;
  return { run, close };

  async function run(verb: string, params: unknown): Promise<unknown> {
    opening ??= kept(open());
    const opened = opening;
    try {
      return await (await opened).write(verb, params);
    } catch (error) {
      if (isBeyondRepair(error) && opening === opened) opening = kept(replace(opened, error));
      throw error;
    }
  }

  /** What could not be opened is opened anew by whoever comes next. */
  function kept(thread: Promise<Thread>): Promise<Thread> {
    thread.catch(() => {
      if (opening === thread) opening = undefined;
    });
    return thread;
  }

  /** Whoever comes meanwhile waits for the new file. */
  async function replace(opened: Promise<Thread>, error: unknown): Promise<Thread> {
    await (await opened).close();
    discard(pathOfTelemetry(), error);
    return open();
  }

  async function close(): Promise<void> {
    await (await opening?.catch(() => undefined))?.close();
  }

  function pathOfTelemetry(): string {
    return `${realPath(db)}.telemetry`;
  }

  async function open(): Promise<Thread> {
    const path = pathOfTelemetry();
    const connect = await loadSqlite();
    const key = prepareOrReplace(path, connect);
    return createStoreThread({
      env,
      start: { path, durability: "normal", key, verbs: siblingUrl("telemetry/verbs").href },
      onAnswers: () => undefined,
      onProblem,
    });
  }

  function prepareOrReplace(path: string, connect: OpenSqlite): Uint8Array {
    try {
      return prepare(path, connect);
    } catch (error) {
      if (!isBeyondRepair(error)) throw error;
      discard(path, error);
      return prepare(path, connect);
    }
  }

  /** The store's key: it is open, so its key is known to be the right one. */
  function prepare(path: string, connect: OpenSqlite): Uint8Array {
    const givenKey = findGivenKey(encryptionKey);
    const findKey = () => givenKey ?? keyBeside(realPath(db), env)(true);
    try {
      // For nobody else's eyes, also where the folder is open to others. Not to be touched by us once SQLite has it open.
      if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
      const database = openConfigured(path, connect, pragmasOf("normal"));
      const run = <Result>(statements: Statements<Result>) =>
        runSync(statements, (query) => database.all(render(query, "sqlite")));
      try {
        database.execute("begin immediate");
        run(migrate(TELEMETRY_MIGRATIONS, path, env.now(), TELEMETRY_MIGRATIONS_TABLE));
        const key = run(checkKey(findKey, env, path));
        database.execute("commit");
        return key;
      } finally {
        database.close();
      }
    } catch (error) {
      throw openError(error, path);
    }
  }

  function discard(path: string, error: unknown): void {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
    onProblem(perdureError("LOGS_DISCARDED", { path, problem: problemOf(error).replace(/\.$/, "") }, { cause: error }));
  }
}

function isBeyondRepair(error: unknown): boolean {
  return isPerdureError(error) && BEYOND_REPAIR.has(error.code);
}
