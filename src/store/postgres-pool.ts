/** Connections to Postgres, and what their errors mean. */
import type { CustomTypesConfig, Pool, PoolClient } from "pg";
import { isPerdureError, type PerdureError, perdureError } from "../core/errors.ts";
import { render } from "./sql.ts";
import type { Durability } from "./sqlite-connection.ts";
import { problemOf } from "./sqlite-errors.ts";
import { type Row, runAsync, type Statements } from "./verb.ts";

/** Tables of ours in a schema of their own: the database may hold the application's too. */
export const SCHEMA = "perdure";

const CONNECT_TIMEOUT_MS = 10_000;
const QUERY_TIMEOUT_MS = 60_000;
/** A node that lost its power holds its locks until Postgres notices. */
const IDLE_IN_TRANSACTION_MS = 30_000;

function sessionOf(durability: Durability): string {
  return `
    set search_path to ${SCHEMA};
    set synchronous_commit to ${durability === "full" ? "on" : "off"};
    set default_transaction_isolation to 'read committed';
    set idle_in_transaction_session_timeout to ${IDLE_IN_TRANSACTION_MS}`;
}

const INT8 = 20;
const NUMERIC = 1700;

export interface PoolOptions {
  readonly url: string;
  readonly max: number;
  readonly durability: Durability;
  /** Default: a minute, since a network that fell silent says nothing. */
  readonly queryTimeoutMs?: number;
}

export async function createPool({
  url,
  max,
  durability,
  queryTimeoutMs = QUERY_TIMEOUT_MS,
}: PoolOptions): Promise<Pool> {
  const pg = await loadPg();
  // Of this pool alone: the application's own use of pg keeps its parsers.
  const getTypeParser = (oid: number, format?: "text" | "binary") =>
    oid === INT8 || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format);
  const types = { getTypeParser } as unknown as CustomTypesConfig;
  const pool = new pg.Pool({
    connectionString: url,
    max,
    types,
    application_name: "perdure",
    keepAlive: true,
    // An open store keeps the process alive while it works and not while it is idle, as the one on SQLite.
    allowExitOnIdle: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: queryTimeoutMs,
    async onConnect(client) {
      // A connection that breaks says so here too, and without a listener that would end the process: whoever uses it gets an
      // error of their own, and an idle one is replaced when it is needed.
      client.on("error", () => undefined);
      await client.query(sessionOf(durability));
    },
  });
  pool.on("error", () => undefined);
  return pool;
}

async function loadPg(): Promise<typeof import("pg")> {
  try {
    return await import("pg");
  } catch (error) {
    throw perdureError(
      "OPTION_INVALID",
      { what: "db", problem: "a postgres:// URL needs the package pg; install it with: npm install pg" },
      { cause: error },
    );
  }
}

/** Runs the statements of a verb, one after the other, on one connection. */
export function runOn<Result>(client: Pick<PoolClient, "query">, statements: Statements<Result>): Promise<Result> {
  return runAsync(statements, async (query): Promise<readonly Row[]> => {
    const { text, values, isStable } = render(query, "postgres");
    const prepared = isStable && values.length > 0 ? { name: nameOf(text) } : {};
    return (await client.query({ text, values: values as unknown[], ...prepared })).rows;
  });
}

/** The same on any connection of a pool, each statement for itself. */
export async function onPool<Result>(pool: Pool, path: string, statements: Statements<Result>): Promise<Result> {
  try {
    return await runOn(pool, statements);
  } catch (error) {
    throw statementError(error, path);
  }
}

const names = new Map<string, string>();

/** Of the prepared statement: the same text has the same name on every connection. */
function nameOf(text: string): string {
  const known = names.get(text) ?? `perdure_${names.size}`;
  names.set(text, known);
  return known;
}

/**
 * All of `work` in one transaction.
 *
 * @throws {PerdureError} `STORE_UNAVAILABLE` when the connection broke, the outcome being unknown. Whatever else `work` threw
 * is thrown on, and everything was rolled back.
 */
export async function inTransaction<Result>(
  pool: Pool,
  begin: string,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect().catch((error: unknown) => {
    throw unavailable(error);
  });
  let isBroken = true;
  try {
    await client.query(begin);
    const result = await work(client).catch(async (error: unknown) => {
      // A connection that is broken or waits for an answer would not take the rollback either.
      if (isNetworkError(error)) throw error;
      await client.query("rollback");
      isBroken = false;
      throw new RolledBack(error);
    });
    await client.query("commit");
    isBroken = false;
    return result;
  } catch (error) {
    throw error instanceof RolledBack ? error.cause : unavailable(error);
  } finally {
    client.release(isBroken);
  }
}

class RolledBack extends Error {
  constructor(cause: unknown) {
    super("rolled back", { cause });
  }
}

export function unavailable(error: unknown): PerdureError {
  return isPerdureError(error)
    ? error
    : perdureError("STORE_UNAVAILABLE", { problem: problemOf(error) }, { cause: error });
}

/** Serialization failure, deadlock, lock not available: two transactions met, and the same one may well pass next time. */
const COLLISIONS: ReadonlySet<unknown> = new Set(["40001", "40P01", "55P03"]);

export function isCollision(error: unknown): boolean {
  return COLLISIONS.has(sqlStateOf(error));
}

/** A statement's error by what the caller can do about it. */
export function statementError(error: unknown, path: string): PerdureError {
  if (isPerdureError(error)) return error;
  const state = sqlStateOf(error);
  if (state === "53100") return perdureError("DISK_FULL", { path }, { cause: error });
  if (state === "XX001" || state === "XX002")
    return perdureError("DATABASE_CORRUPT", { path, problem: problemOf(error) }, { cause: error });
  // Connection exceptions, resources, operator intervention: the database's trouble. The rest is a defect of ours.
  const isTrouble = state === undefined ? isNetworkError(error) : /^(08|25006|40|53|55|57)/.test(state);
  return isTrouble ? unavailable(error) : perdureError("INTERNAL", { problem: problemOf(error) }, { cause: error });
}

function sqlStateOf(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** `pg` has plain errors for what happens to a connection; system errors have a code. */
function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error) || isPerdureError(error) || sqlStateOf(error) !== undefined) return false;
  return "syscall" in error || /connection|timeout/i.test(error.message);
}
