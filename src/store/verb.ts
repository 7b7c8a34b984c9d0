/**
 * A store verb is a generator: it yields SQL and is handed the rows. That keeps one control flow for a synchronous database
 * and an asynchronous one, and makes a verb a pure function of its parameters and the rows it sees, so a batch that failed
 * can be run again.
 */
import { perdureError } from "../core/errors.ts";
import type { Seal } from "./seal.ts";
import type { Sql, SqlValue } from "./sql.ts";

export type Row = Readonly<Record<string, SqlValue>>;
export type Statements<Result> = Generator<Sql, Result, readonly Row[]>;

export interface VerbContext {
  /** Closes values over on their way into a row and opens them on their way out. */
  readonly seal: Seal;
}

/** biome-ignore lint/suspicious/noExplicitAny: a table of verbs holds many parameter types; `Store` gives each its own. */
export type Verb = (params: any, context: VerbContext) => Statements<unknown>;
export type VerbTable = Readonly<Record<string, Verb>>;

export function findVerb(verbs: VerbTable, name: string): Verb {
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (verb === undefined) throw perdureError("INTERNAL", { problem: `There is no store verb ${name}` });
  return verb;
}

export function runSync<Result>(statements: Statements<Result>, execute: (query: Sql) => readonly Row[]): Result {
  let step = statements.next();
  while (!step.done) step = statements.next(execute(step.value));
  return step.value;
}

export async function runAsync<Result>(
  statements: Statements<Result>,
  execute: (query: Sql) => Promise<readonly Row[]>,
): Promise<Result> {
  let step = statements.next();
  while (!step.done) step = statements.next(await execute(step.value));
  return step.value;
}
