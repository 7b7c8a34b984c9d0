/** The SQLite that the runtime brings along, `node:sqlite` or `bun:sqlite`, behind what both share. */
import type { SqlValue, Statement } from "./sql.ts";
import type { Row } from "./verb.ts";

export interface SqliteConnection {
  /** All rows of one statement; prepared once and reused, which alone doubles the rate. */
  all(statement: Statement): readonly Row[];
  /** Statements without parameters and rows, separated by `;`. */
  execute(text: string): void;
  close(): void;
}

/** Opens connections without waiting: what a reopening in the middle of a synchronous call needs. */
export type OpenSqlite = (path: string) => SqliteConnection;

/** What the connections of the two runtimes agree on. */
interface NativeConnection {
  prepare(text: string): { all(...values: readonly SqlValue[]): Row[] };
  exec(text: string): unknown;
  close(): void;
}

/** Lists of many lengths make many texts; beyond this many the oldest statement is forgotten. */
const MAX_PREPARED = 500;

export async function loadSqlite(): Promise<OpenSqlite> {
  const openNative = process.versions["bun"] === undefined ? await loadNode() : await loadBun();
  return (path) => connect(openNative(path));
}

async function loadNode(): Promise<(path: string) => NativeConnection> {
  const { DatabaseSync } = await import("node:sqlite");
  return (path) => new DatabaseSync(path) as unknown as NativeConnection;
}

async function loadBun(): Promise<(path: string) => NativeConnection> {
  // In a variable, since neither the compiler nor a bundler for Node knows this module.
  const specifier = "bun:sqlite";
  const { Database } = (await import(specifier)) as { Database: new (path: string) => NativeConnection };
  return (path) => new Database(path);
}

function connect(native: NativeConnection): SqliteConnection {
  const prepared = new Map<string, ReturnType<NativeConnection["prepare"]>>();
  return {
    all: ({ text, values }) => prepare(text).all(...values),
    execute: (text) => void native.exec(text),
    close() {
      prepared.clear();
      native.close();
    },
  };

  function prepare(text: string): ReturnType<NativeConnection["prepare"]> {
    const known = prepared.get(text);
    if (known !== undefined) return known;
    const statement = native.prepare(text);
    prepared.set(text, statement);
    if (prepared.size > MAX_PREPARED) prepared.delete(prepared.keys().next().value as string);
    return statement;
  }
}
