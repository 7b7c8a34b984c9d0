import { createHash } from "node:crypto";
import { perdureError } from "../core/errors.ts";
import { literal } from "./literals.ts";
import { sql } from "./sql.ts";
import type { Row, Statements } from "./verb.ts";

/** A step from one schema to the next: plain statements that both databases accept. Never edited once released. */
export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

/**
 * Brings the schema up to date. To be run in one transaction that nobody else migrates in, so that a refusal leaves nothing
 * behind.
 *
 * @param path - The database, for the errors.
 * @param tableName - Of the table that says which were applied.
 * @throws {PerdureError} `DATABASE_NEWER` when it has migrations that we do not know, `DATABASE_ALTERED` when one differs from ours.
 */
export function* migrate(
  migrations: readonly Migration[],
  path: string,
  now: number,
  tableName = "migrations",
): Statements<void> {
  const table = literal(tableName);
  yield sql`create table if not exists ${table} (name text primary key, checksum text not null, applied_at bigint not null)`;
  const applied = yield sql`select name, checksum from ${table} order by name`;
  refuseUnknown(applied, migrations, path);
  for (const migration of migrations.slice(applied.length)) {
    for (const text of migration.statements) yield { strings: [text], parts: [] };
    yield sql`insert into ${table} (name, checksum, applied_at) values (${migration.name}, ${checksumOf(migration)}, ${now})`;
  }
}

/** What was applied must be the beginning of what we know, word for word. */
function refuseUnknown(applied: readonly Row[], migrations: readonly Migration[], path: string): void {
  const names = new Set(migrations.map(({ name }) => name));
  const newer = applied.findLast(({ name }) => !names.has(String(name)));
  if (newer !== undefined) {
    throw perdureError("DATABASE_NEWER", {
      path,
      found: String(newer["name"]),
      known: migrations.at(-1)?.name ?? "none",
    });
  }
  for (const [i, row] of applied.entries()) {
    const migration = migrations[i];
    if (migration === undefined || migration.name !== row["name"] || checksumOf(migration) !== row["checksum"]) {
      throw perdureError("DATABASE_ALTERED", { path, migration: String(row["name"]) });
    }
  }
}

function checksumOf({ statements }: Migration): string {
  return createHash("sha256").update(statements.join(";\n")).digest("hex");
}
