import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { createTestDatabase } from "../../test/postgres.ts";
import { realEnv } from "../../test/store/toy-verbs.ts";
import { describeStore } from "./conformance/describe-store.ts";
import { openStore } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "perdure-conformance-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let postgres: string;
beforeAll(async () => {
  postgres = await createTestDatabase();
});

describeStore("SQLite in memory", () => openStore({ db: ":memory:", env: realEnv }));
describeStore("a SQLite file", () => openStore({ db: join(folder, "perdure.db"), env: realEnv }));
describeStore("Postgres", () => openStore({ db: postgres, env: realEnv, encryptionKey: "00".repeat(32) }), 4);
