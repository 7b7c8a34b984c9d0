/** The SQLite stores under Bun: `bun test ./src/store/conformance/on-bun.ts`, which takes `vitest` for its own test module. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { realEnv } from "../../../test/store/toy-verbs.ts";
import { openStore } from "../index.ts";
import { describeStore } from "./describe-store.ts";

const folder = mkdtempSync(join(tmpdir(), "perdure-bun-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeStore("SQLite in memory", () => openStore({ db: ":memory:", env: realEnv }));
describeStore("a SQLite file", () => openStore({ db: join(folder, "perdure.db"), env: realEnv }));
