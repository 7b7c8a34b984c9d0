import pg from "pg";
import { afterAll, inject } from "vitest";

/** URL of a database of its own for this test file, dropped after it. Starts Postgres when it is the first to ask. */
export async function createTestDatabase(): Promise<string> {
  const response = await fetch(inject("postgresStarter"));
  const serverUrl = await response.text();
  if (!response.ok) throw new Error(serverUrl);
  const name = `test_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  await onServer(serverUrl, `create database ${name}`);
  afterAll(() => onServer(serverUrl, `drop database ${name} with (force)`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
