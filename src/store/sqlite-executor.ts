/**
 * The SQLite store proper: a plain synchronous `exec(calls)` that owns one connection. It runs in a thread of its own for
 * files and on the caller's thread in memory; nothing in it knows which.
 */
import { type Call, type Outcome, rejected } from "./outcome.ts";
import { render } from "./sql.ts";
import type { ConnectionKeeper } from "./sqlite-connection.ts";
import type { SqliteConnection } from "./sqlite-driver.ts";
import { readError, sqliteTrouble, writeError } from "./sqlite-errors.ts";
import { findVerb, runSync, type VerbContext, type VerbTable } from "./verb.ts";

export interface SqliteExecutor {
  /** All calls in one transaction; one outcome each, in their order, after the commit. Never throws, never leaves a transaction open. */
  exec(calls: readonly Call[]): readonly Outcome[];
}

export function createSqliteExecutor(
  keeper: ConnectionKeeper,
  writes: VerbTable,
  context: VerbContext,
): SqliteExecutor {
  return { exec };

  /** Optimistic: a savepoint around every verb costs a quarter of the rate, a replay only those who have a culprit among them. */
  function exec(calls: readonly Call[]): readonly Outcome[] {
    try {
      return (
        transact(calls, runPlainly) ??
        transact(calls, runInSavepoint) ??
        refuseAll(calls, new Error("A batch failed beyond its verbs"))
      );
    } catch (error) {
      keeper.drop();
      return refuseAll(calls, error);
    }
  }

  /**
   * The outcomes, committed; `undefined` when a verb threw and everything was rolled back.
   *
   * @throws on trouble with the disk and when the commit failed: what became of the batch is unknown then.
   */
  function transact(calls: readonly Call[], run: typeof runInSavepoint): readonly Outcome[] | undefined {
    const database = keeper.current();
    database.execute("begin immediate");
    let outcomes: readonly Outcome[];
    try {
      outcomes = calls.map((call) => run(database, call));
    } catch (error) {
      // SQLite ends a transaction by itself after some errors; then there is nothing to roll back, and nothing to replay on.
      if (rollBack(database) && sqliteTrouble(error) === undefined) return undefined;
      throw error;
    }
    try {
      database.execute("commit");
    } catch (error) {
      rollBack(database);
      throw error;
    }
    return outcomes;
  }

  function runInSavepoint(database: SqliteConnection, call: Call): Outcome {
    database.execute("savepoint verb");
    let outcome: Outcome;
    try {
      outcome = runPlainly(database, call);
    } catch (error) {
      if (sqliteTrouble(error) !== undefined) throw error;
      database.execute("rollback to verb");
      outcome = rejected(error);
    }
    database.execute("release verb");
    return outcome;
  }

  function runPlainly(database: SqliteConnection, { verb, params }: Call): Outcome {
    return {
      result: runSync(findVerb(writes, verb)(params, context), (query) => database.all(render(query, "sqlite"))),
    };
  }

  function refuseAll(calls: readonly Call[], error: unknown): readonly Outcome[] {
    const outcome = rejected(writeError(error, keeper.path));
    return calls.map(() => outcome);
  }
}

/** Runs verbs that only look, each on one snapshot of the database. */
export function createSqliteReader(
  keeper: ConnectionKeeper,
  reads: VerbTable,
  context: VerbContext,
): { read(verb: string, params: unknown): unknown } {
  return { read };

  function read(verb: string, params: unknown): unknown {
    const run = findVerb(reads, verb);
    try {
      const database = keeper.current();
      database.execute("begin");
      try {
        return runSync(run(params, context), (query) => database.all(render(query, "sqlite")));
      } finally {
        rollBack(database);
      }
    } catch (error) {
      if (sqliteTrouble(error) !== undefined) keeper.drop();
      throw readError(error, keeper.path);
    }
  }
}

/** False when there was nothing to roll back. */
function rollBack(database: SqliteConnection): boolean {
  try {
    database.execute("rollback");
    return true;
  } catch {
    return false;
  }
}
