import fc from "fast-check";
import { describe, it, onTestFinished } from "vitest";
import { createTestDatabase } from "../../test/postgres.ts";
import { realEnv } from "../../test/store/toy-verbs.ts";
import { STEPS } from "./conformance/model/calls.ts";
import { compare } from "./conformance/model/compare.ts";
import { openStore } from "./index.ts";

let environments = 0;

async function compareHistories(db: string, histories: number): Promise<void> {
  const store = await openStore({ db, env: realEnv, encryptionKey: "00".repeat(32) });
  onTestFinished(() => store.close());
  const seed = Number(process.env["PERDURE_SEED"] ?? 20_260_101);
  const property = fc.asyncProperty(STEPS, (steps) => compare(store, `environment ${++environments}`, steps));
  await fc.assert(property, {
    numRuns: Number(process.env["PERDURE_HISTORIES"] ?? histories),
    seed,
    endOnFailure: false,
  });
}

describe("random histories, verb by verb, leave what the contract says", () => {
  it("on SQLite", () => compareHistories(":memory:", 150), 120_000);
  it("on Postgres", async () => compareHistories(await createTestDatabase(), 15), 120_000);
});
