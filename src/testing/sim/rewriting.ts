import type { VerbTable } from "../../store/index.ts";
import type { Sql } from "../../store/sql.ts";
import type { Row, Statements, Verb, VerbContext } from "../../store/verb.ts";

/** Replaces text in the SQL that a verb yields, and counts how often it was there to be replaced. */
export interface Rewriting {
  readonly verb: Verb;
  readonly matches: () => number;
}

export function rewriting(verb: Verb, find: RegExp, replacement: string): Rewriting {
  let matches = 0;

  function rewrite(query: Sql): Sql {
    const strings = query.strings.map((text) => {
      if (!find.test(text)) return text;
      matches += 1;
      return text.replace(find, replacement);
    });
    return { strings, parts: query.parts.map((part) => (isSql(part) ? rewrite(part) : part)) };
  }

  return {
    *verb(params: unknown, context: VerbContext): Statements<unknown> {
      return yield* mapped(verb(params, context), rewrite, (_, rows) => rows);
    },
    matches: () => matches,
  };
}

/** Passes a verb's statements and their rows through two hands. */
export function* mapped(
  statements: Statements<unknown>,
  query: (query: Sql) => Sql,
  answer: (query: Sql, rows: readonly Row[]) => readonly Row[],
): Statements<unknown> {
  let step = statements.next();
  while (!step.done) {
    const rows = yield query(step.value);
    step = statements.next(answer(step.value, rows));
  }
  return step.value;
}

export function replacing(writes: VerbTable, name: string, verb: Verb): VerbTable {
  if (!Object.hasOwn(writes, name)) throw new Error(`There is no verb ${name} to replace.`);
  return { ...writes, [name]: verb };
}

function isSql(part: unknown): part is Sql {
  return typeof part === "object" && part !== null && "strings" in part;
}
