import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createTestDatabase } from "../../test/postgres.ts";
import { errorOf, temporaryFolder } from "../../test/store/open-toy.ts";
import { realEnv } from "../../test/store/toy-verbs.ts";
import { LIMITS } from "../core/limits.ts";
import { DEFAULT_RETRY } from "../core/retry.ts";
import type { Run } from "../core/run.ts";
import { isMissingValue, openStore } from "./index.ts";
import type { NewRun, Store } from "./store.ts";

const environmentId = "env";
const long = (mark: string) => `{"json":"${mark.repeat(LIMITS.inlineCharacters)}"}`;
const lease = { environmentId, workerId: "worker_1", tasks: ["import"], limit: 10, leaseMs: 60_000 };
const nothing = { entries: [], waitpoints: [] };

let postgres: string;
beforeAll(async () => {
  postgres = await createTestDatabase();
});

const newRun = (id: string, payload: string): NewRun => ({
  id,
  task: "import",
  queue: "import",
  payload,
  tags: [],
  retry: DEFAULT_RETRY,
  priorityMs: 0,
  dueAt: 0,
  depth: 0,
  onDivergence: "fail",
});

async function open(db: string): Promise<Store> {
  const store = await openStore({ db, env: realEnv, encryptionKey: "00".repeat(32) });
  onTestFinished(() => store.close());
  return store;
}

describe.each([
  { kind: "SQLite in memory", path: () => ":memory:" },
  { kind: "a SQLite file", path: () => join(temporaryFolder(), "perdure.db") },
  { kind: "Postgres", path: () => postgres },
])("long values on $kind", ({ path }) => {
  it("come back wherever their run is worked with, and go with it", async () => {
    const store = await open(path());
    const now = store.now();
    const create = { environmentId, now, runs: [newRun("run_1", long("p"))] };
    await store.createRuns(create);
    await store.createRuns(create);
    const [run] = await store.leaseRuns({ ...lease, now, leaseId: "lease_1" });
    expect(run?.payload).toBe(long("p"));
    const key = { environmentId, now, runId: "run_1", epoch: (run as Run).epoch };
    const entry = { kind: "step", key: "step:a#1", outcome: "completed", result: long("r") } as const;
    await store.appendEntries({ ...key, append: { ...nothing, firstSeq: 1, entries: [entry] } });
    const lost = { ...key, epoch: 99, append: { ...nothing, firstSeq: 2, entries: [entry] } };
    expect(await store.appendEntries(lost)).toEqual({ refused: "lease-lost" });
    await store.completeRun({ ...key, append: { ...nothing, firstSeq: 2 }, output: long("o") });

    const found = await store.findRun({ environmentId, runId: "run_1" });
    expect(found).toMatchObject({ status: "completed", payload: long("p"), output: long("o") });
    expect(found?.journalBytes).toBeGreaterThanOrEqual(long("r").length);
    expect((await store.findEntry({ environmentId, runId: "run_1", seq: 1 }))?.result).toBe(long("r"));
    const [listed] = await store.listRuns({ environmentId, limit: 10 });
    expect(listed).toMatchObject({ id: "run_1" });
    expect(listed).not.toHaveProperty("payload");

    const { unreferencedBlobs } = await store.deleteRuns({ environmentId, now, before: now + 1, limit: 10 });
    expect(unreferencedBlobs).toHaveLength(3);
  });
});

describe("a long value whose bytes are missing", () => {
  it("fails whoever asks for its run, and does not hold up those leased with it", async () => {
    const path = join(temporaryFolder(), "perdure.db");
    const store = await open(path);
    const now = store.now();
    await store.createRuns({ environmentId, now, runs: [newRun("run_1", long("x")), newRun("run_2", "{}")] });
    expect(readdirSync(`${path}.blobs`)).toHaveLength(1);
    rmSync(`${path}.blobs`, { recursive: true });
    expect(await errorOf(store.findRun({ environmentId, runId: "run_1" }))).toMatchObject({ code: "BLOB_MISSING" });
    const leased = await store.leaseRuns({ ...lease, now, leaseId: "lease_1" });
    expect(leased.map(({ id, payload }) => [id, isMissingValue(payload)])).toEqual([
      ["run_1", true],
      ["run_2", false],
    ]);
  });
});
