import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { createTestDatabase } from "../../test/postgres.ts";
import { realEnv } from "../../test/store/toy-verbs.ts";
import { createSecret } from "../core/api-key.ts";
import { openStore } from "./index.ts";

const key = (secret: string) => ({ id: "key_1", name: "backend", secret, lastFour: secret.slice(-4) });
const here = { environmentId: "env", now: 1 };

it("a SQLite file and its log hold no secret of a key in clear text", async () => {
  const folder = mkdtempSync(join(tmpdir(), "perdure-keys-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const secret = createSecret("env", realEnv);
  const store = await openStore({ db: join(folder, "perdure.db"), env: realEnv });
  await store.createApiKey({ ...here, ...key(secret) });
  const read = () =>
    readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), "latin1"))
      .join("\n");
  expect(read()).toContain("backend");
  expect(read()).not.toContain(secret);
  await store.close();
  expect(read()).toContain("backend");
  expect(read()).not.toContain(secret);
});

it("Postgres holds no secret of a key in clear text", async () => {
  const db = await createTestDatabase();
  const secret = createSecret("env", realEnv);
  const store = await openStore({ db, env: realEnv, encryptionKey: "00".repeat(32) });
  await store.createApiKey({ ...here, ...key(secret) });
  await store.close();
  const client = new pg.Client({ connectionString: db });
  await client.connect();
  onTestFinished(() => client.end());
  const { rows } = await client.query<{ secret: Buffer }>("select * from perdure.api_keys");
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain(secret);
  expect(rows[0]?.secret.toString("latin1")).not.toContain(secret);
});
