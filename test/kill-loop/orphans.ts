import { existsSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import type { Look } from "./look.ts";
import type { Place } from "./place.ts";

/** Older than anything that could still be on its way. */
const AGE_SECONDS = 2 * 60 * 60;

/** Makes what kills left between a long value and its row old enough to be swept. */
export async function ageOrphans({ db, isPostgres }: Place, look: Look): Promise<void> {
  if (isPostgres)
    return execute(db, `update perdure.blobs set created_at = created_at - ${AGE_SECONDS * 1_000} where refs = 0`);
  const folder = `${db}.blobs`;
  const then = Date.now() / 1_000 - AGE_SECONDS;
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const orphans = new Set(await look.orphanBlobs());
  for (const name of files) if (orphans.has(name)) utimesSync(join(folder, name), then, then);
}

/** Makes batches that lack items old enough to be deleted. */
export function ageBatches(place: Place): Promise<void> {
  return change(place, (schema) => [
    `update ${schema}batches set created_at = created_at - ${AGE_SECONDS * 1_000} where sealed_at is null`,
  ]);
}

/** Gives each final run an automatic record, as code leaves it that sleeps on its last line. */
export function leaveRecords(place: Place): Promise<void> {
  const isFinal = "where finished_at is not null";
  return change(place, (schema) => [
    `insert into ${schema}entries (environment_id, run_id, seq, journal, kind, key, outcome, epoch, created_at)
      select environment_id, id, entry_seq + 1, journal, 'timer', 'timer', 'completed', epoch, finished_at from ${schema}runs ${isFinal}`,
    `update ${schema}runs set automatic = 1, entry_seq = entry_seq + 1 ${isFinal}`,
  ]);
}

/** @param textsFor - The statements, with the name of our schema before that of a table. */
async function change({ db, isPostgres }: Place, textsFor: (schema: string) => readonly string[]): Promise<void> {
  if (isPostgres) {
    for (const text of textsFor("perdure.")) await execute(db, text);
    return;
  }
  const database = new DatabaseSync(db);
  for (const text of textsFor("")) database.exec(text);
  database.close();
}

async function execute(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text);
  await client.end();
}
