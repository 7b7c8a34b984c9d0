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
export async function ageBatches({ db, isPostgres }: Place): Promise<void> {
  const change = (schema: string) =>
    `update ${schema}batches set created_at = created_at - ${AGE_SECONDS * 1_000} where sealed_at is null`;
  if (isPostgres) return execute(db, change("perdure."));
  const database = new DatabaseSync(db);
  database.exec(change(""));
  database.close();
}

async function execute(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text);
  await client.end();
}
