import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTestDatabase } from "../../test/postgres.ts";
import { errorOf, temporaryFolder } from "../../test/store/open-toy.ts";
import { realEnv } from "../../test/store/toy-verbs.ts";
import { createId } from "../core/ids.ts";
import { DEFAULT_RETRY } from "../core/retry.ts";
import { type NewRun, openStore, type Store } from "./index.ts";

const ENVIRONMENT = "env";
const LIMIT = 1_000_000;
/** No character is cut by it. */
const PART = 7_000;
const TEXT = `{"json":"${"größer 🦊 ".repeat(20_000)}"}`;

async function open(db: string): Promise<Store> {
  const store = await openStore({ db, env: realEnv, encryptionKey: "00".repeat(32) });
  onTestFinished(() => store.close());
  return store;
}

const nameNew = (environmentId = ENVIRONMENT) => ({ environmentId, blobId: createId("blob", realEnv) });

async function* parts(text: string, failsAt = Number.POSITIVE_INFINITY): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += PART) {
    if (at >= failsAt) throw new Error("cut off");
    yield text.slice(at, at + PART);
  }
}

function runOf(payload: string): NewRun {
  return {
    ...{ id: createId("run", realEnv), task: "a", queue: "q", payload, tags: [], retry: DEFAULT_RETRY, priorityMs: 0 },
    ...{ dueAt: 1, depth: 0, onDivergence: "fail" },
  };
}

describe.each([
  { kind: "a file", db: async () => join(temporaryFolder(), "perdure.db") },
  { kind: "memory", db: async () => ":memory:" },
  { kind: "Postgres", db: createTestDatabase },
])("a packet in $kind", ({ db }) => {
  it("comes in part by part, and is the payload of each run that names it until the last is deleted", async () => {
    const store = await open(await db());
    const packet = nameNew();
    await store.packets.put(packet, parts(TEXT), LIMIT);
    expect((await store.packets.read(packet)) === TEXT).toBe(true);
    const payload = (await store.packets.keep(packet)) as string;
    expect(payload).toMatch(/^blob:/);
    const at = { environmentId: ENVIRONMENT, now: store.now() };
    const runs = [runOf(payload), runOf(payload)];
    await store.createRuns({ ...at, runs });
    for (const { id } of runs) {
      expect((await store.findRun({ environmentId: ENVIRONMENT, runId: id }))?.payload === TEXT).toBe(true);
      await store.cancelRun({ ...at, runId: id, epoch: 0 });
      expect((await store.packets.read(packet)) === TEXT).toBe(true);
      await store.deleteRuns({ ...at, before: at.now + 1, limit: 10 });
    }
    expect(await store.packets.read(packet)).toBeUndefined();
  });

  it("is kept as it came the first time", async () => {
    const store = await open(await db());
    const packet = nameNew();
    await Promise.all([1, 2].map(() => store.packets.put(packet, parts(TEXT), LIMIT)));
    await store.packets.put(packet, parts('{"json":"another"}'), LIMIT);
    expect((await store.packets.read(packet)) === TEXT).toBe(true);
  });

  it("is not there when it was too long, or cut off", async () => {
    const store = await open(await db());
    const packet = nameNew();
    expect(await errorOf(store.packets.put(packet, parts(TEXT), 100_000))).toMatchObject({ code: "VALUE_TOO_LARGE" });
    expect((await errorOf(store.packets.put(packet, parts(TEXT, 50_000), LIMIT))).message).toBe("cut off");
    expect([await store.packets.keep(packet), await store.packets.read(packet)]).toEqual([undefined, undefined]);
    await store.packets.put(packet, parts(TEXT), LIMIT);
    expect((await store.packets.read(packet)) === TEXT).toBe(true);
  });
});

describe("a packet that no run names", () => {
  const HOURS = 3_600;

  it("is swept after an hour, unless it was asked for since", async () => {
    const db = join(temporaryFolder(), "perdure.db");
    const [forgotten, asked] = [nameNew(), nameNew()];
    const first = await open(db);
    for (const packet of [forgotten, asked]) await first.packets.put(packet, parts(TEXT), LIMIT);
    const old = realEnv.now() / 1_000 - 2 * HOURS;
    for (const { blobId } of [forgotten, asked]) utimesSync(join(`${db}.blobs`, blobId), old, old);
    await first.packets.keep(asked);
    await first.close();
    await open(db);
    await expect.poll(() => readdirSync(`${db}.blobs`)).toEqual([asked.blobId]);
  });
});
