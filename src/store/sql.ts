/**
 * SQL as a value: text parts and parameters, joined by the driver with `?` (SQLite) or `$1` (Postgres). A value can only
 * become a parameter, so there is nothing to escape.
 *
 * One text serves both databases. What differs are the three fragments below and nothing else; a fourth needs a decision
 * record.
 *
 * After `limit` a value stands in a sum, `limit 0 + ${limit}`: SQLite prepares a statement anew whenever a bare parameter
 * there is bound (40 microseconds instead of 1 for a lease that finds nothing).
 */
export type SqlValue = string | number | null | Uint8Array;

/** What may stand in `${…}`: a value, a list for `in (…)`, or another piece of SQL. `undefined` is null. */
type Part = SqlValue | undefined | readonly (string | number)[] | Sql | Fragment;

export interface Sql {
  readonly strings: readonly string[];
  readonly parts: readonly Part[];
}

export type Dialect = "sqlite" | "postgres";

interface Fragment {
  readonly fragment: (dialect: Dialect) => Sql;
}

export function sql(strings: TemplateStringsArray, ...parts: readonly Part[]): Sql {
  return { strings, parts };
}

/** SQLite has one writer, so nothing is ever locked by someone else. */
export const skipLocked: Fragment = {
  fragment: (dialect) => (dialect === "postgres" ? sql`for update skip locked` : sql``),
};
export const forUpdate: Fragment = { fragment: (dialect) => (dialect === "postgres" ? sql`for update` : sql``) };

/**
 * A list of rows as a table, in one parameter per statement on SQLite (`json_each`) and one per column on Postgres
 * (`unnest`), so that the text, and with it the prepared statement, is the same for every length.
 *
 * @example sql`update runs set … from ${rows(leases, { run_id: "text", epoch: "bigint" })} as held where …`
 */
export function rows(
  list: readonly Readonly<Record<string, string | number | null>>[],
  types: Readonly<Record<string, "text" | "bigint">>,
): Fragment {
  const columns = Object.keys(types);
  return {
    fragment: (dialect) =>
      dialect === "sqlite"
        ? rowsByJson(JSON.stringify(list.map((row) => columns.map((column) => row[column] ?? null))), columns)
        : rowsByUnnest(list, types),
  };
}

function rowsByJson(json: string, columns: readonly string[]): Sql {
  const picked = columns.map((column, i) => `value ->> ${i} as ${column}`).join(", ");
  return { strings: [`(select ${picked} from json_each(`, "))"], parts: [json] };
}

function rowsByUnnest(
  list: readonly Readonly<Record<string, string | number | null>>[],
  types: Readonly<Record<string, "text" | "bigint">>,
): Sql {
  const columns = Object.entries(types);
  const arrays = columns.map(([column]) => JSON.stringify(list.map((row) => row[column] ?? null)));
  const named = columns.map(([column]) => column).join(", ");
  const strings = columns.map(
    ([, type], i) =>
      `${i === 0 ? `(select ${named} from unnest(` : ", "}array(select x::${type} from json_array_elements_text(`,
  );
  return {
    strings: [...strings.map((text, i) => (i === 0 ? text : `) as t(x))${text}`)), `) as t(x))) as u(${named}))`],
    parts: arrays,
  };
}

export interface Statement {
  readonly text: string;
  readonly values: readonly SqlValue[];
  /** True when the text is the same for whatever values and list lengths, so that it is worth a prepared statement. */
  readonly isStable: boolean;
}

/** Texts of queries without lists and fragments, by their template: there is one object per template in the source. */
const texts: Record<Dialect, WeakMap<readonly string[], string>> = { sqlite: new WeakMap(), postgres: new WeakMap() };

/** The statement for one database. Equal shapes give equal texts, which is what makes prepared statements reusable. */
export function render(query: Sql, dialect: Dialect): Statement {
  if (!query.parts.every(isValue)) return renderParts(query, dialect);
  let text = texts[dialect].get(query.strings);
  if (text === undefined) {
    text = query.strings.reduce((before, piece, i) => before + placeholder(dialect, i) + piece);
    texts[dialect].set(query.strings, text);
  }
  return { text, values: query.parts.map((part) => (part === undefined ? null : (part as SqlValue))), isStable: true };
}

function renderParts(query: Sql, dialect: Dialect): Statement {
  // Joined at the end: a text that grew by `+=` is a tree, which the look-up of its prepared statement has to flatten first.
  const pieces: string[] = [];
  let isStable = true;
  const values: SqlValue[] = [];
  add(query);
  return { text: pieces.join(""), values, isStable };

  function add({ strings, parts }: Sql): void {
    for (let i = 0; i < strings.length; i++) {
      pieces.push(strings[i] as string);
      if (i < parts.length) addPart(parts[i]);
    }
  }

  function addPart(part: Part): void {
    if (part === undefined) addValue(null);
    else if (isValue(part)) addValue(part as SqlValue);
    else if (Array.isArray(part)) addList(part);
    else if ("fragment" in (part as Fragment)) add((part as Fragment).fragment(dialect));
    else add(part as Sql);
  }

  /** An empty list matches nothing, in both databases. */
  function addList(list: readonly (string | number)[]): void {
    isStable = false;
    if (list.length === 0) pieces.push("null");
    for (const [i, element] of list.entries()) {
      if (i > 0) pieces.push(", ");
      addValue(element);
    }
  }

  function addValue(value: SqlValue): void {
    values.push(value);
    pieces.push(placeholder(dialect, values.length));
  }
}

function isValue(part: Part): boolean {
  return typeof part !== "object" || part === null || part instanceof Uint8Array;
}

function placeholder(dialect: Dialect, position: number): string {
  return dialect === "postgres" ? `$${position}` : "?";
}
