import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../../test/postgres.ts";
import { errorOf, openToy } from "../../test/store/open-toy.ts";
import { toyDefinition } from "../../test/store/toy-verbs.ts";

const HERE = { environmentId: "env" };
const encryptionKey = "00".repeat(32);

let db: string;
let fresh: string;
beforeAll(async () => {
  db = await createTestDatabase();
  fresh = await createTestDatabase();
});

function open(key = encryptionKey, definition = toyDefinition) {
  return openToy(db, { encryptionKey: key }, definition);
}

async function query(text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: db });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe("a Postgres store", () => {
  it("shows what was written to the next read, of any node", async () => {
    const [one, other] = [await open(), await open()];
    await one.createRuns({ ...HERE, id: "a", runs: [{ payload: "{1}" }] });
    expect(await other.findRun({ ...HERE, id: "a" })).toEqual({ payload: "{1}" });
    expect(one.isSingleNode).toBe(false);
  });

  it("rejects the culprit of a group and keeps its neighbours", async () => {
    const store = await open();
    const answers = await Promise.allSettled([
      store.keep({ ...HERE, id: "b" }),
      store.keepThenThrow({ id: "c" }),
      store.refuse({ id: "d" }),
      store.keep({ ...HERE, id: "e" }),
    ]);
    expect(answers.map((answer) => (answer.status === "fulfilled" ? answer.value : answer.reason.code))).toEqual([
      { id: "b" },
      "INTERNAL",
      "RUN_NOT_FOUND",
      { id: "e" },
    ]);
    const ids = await store.listIds({});
    expect(ids).toEqual(expect.arrayContaining(["b", "e"]));
    expect(ids).not.toContain("c");
    expect(ids).not.toContain("d");
  });

  it("runs the verbs of one turn in one transaction, in the order of the calls", async () => {
    const store = await open();
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => store.keep({ ...HERE, id: `together ${String(i).padStart(2, "0")}` })),
    );
    const written = await query(
      "select id, xmin::text as transaction from perdure.notes where id like 'together %' order by ctid",
    );
    expect(new Set(written.map(({ transaction }) => transaction)).size).toBe(1);
    expect(written.map(({ id }) => id)).toEqual(written.map(({ id }) => id).toSorted());
  });

  it("refuses as unknown what was under way when a connection broke, and goes on", async () => {
    const store = await open();
    await store.keep({ ...HERE, id: "before the break" });
    const blocker = new pg.Client({ connectionString: db });
    await blocker.connect();
    await blocker.query("begin; lock table perdure.notes in exclusive mode");
    const answer = errorOf(store.keep({ ...HERE, id: "during the break" }));
    await expect
      .poll(() =>
        query("select pid from pg_stat_activity where wait_event_type = 'Lock'").then((found) => found.length),
      )
      .toBe(1);
    await query("select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'");
    expect((await answer).code).toBe("STORE_UNAVAILABLE");
    await blocker.query("rollback");
    await blocker.end();
    await store.keep({ ...HERE, id: "after the break" });
    expect(await store.listIds({})).not.toContain("during the break");
  });

  it("keeps long values in the database and gives them back", async () => {
    const store = await open();
    const payload = `{${"x".repeat(300_000)}}`;
    await store.createRuns({ ...HERE, id: "long", runs: [{ payload }] });
    expect(await store.findRun({ ...HERE, id: "long" })).toEqual({ payload });
    const blobs = await query("select refs, size, length(content) as length from perdure.blobs");
    expect(blobs).toEqual([{ refs: "1", size: String(payload.length), length: payload.length + 29 }]);
    await store.deleteRuns({ ...HERE, id: "long" });
    expect(await query("select 1 from perdure.blobs")).toEqual([]);
  });

  it("settles two groups that lock the same rows in opposite orders, without waiting for the deadlock detector", async () => {
    const [one, other] = [await open(), await open()];
    await one.keep({ ...HERE, id: "lock a" });
    await one.keep({ ...HERE, id: "lock b" });
    const startedAt = performance.now();
    await Promise.all([
      one.touchSlowly({ ids: ["lock a"] }),
      one.touchSlowly({ ids: ["lock b"] }),
      other.touchSlowly({ ids: ["lock b"] }),
      other.touchSlowly({ ids: ["lock a"] }),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(900);
  });

  it("runs a verb again that met another one in a deadlock", async () => {
    const [one, other] = [await open(), await open()];
    await one.keep({ ...HERE, id: "dead a" });
    await one.keep({ ...HERE, id: "dead b" });
    const answers = [one.touchSlowly({ ids: ["dead a", "dead b"] }), other.touchSlowly({ ids: ["dead b", "dead a"] })];
    expect(await Promise.all(answers)).toEqual([2, 2]);
  });

  it("waits for the disk at every commit, unless told otherwise", async () => {
    for (const { durability, setting } of [
      { durability: "full", setting: "on" },
      { durability: "normal", setting: "off" },
    ] as const) {
      const store = await openToy(db, { encryptionKey, durability });
      expect(await store.showSetting({ name: "synchronous_commit" })).toBe(setting);
    }
  });

  it("tells the database's time", async () => {
    const store = await open();
    const [row] = await query("select (extract(epoch from clock_timestamp()) * 1000)::float8 as now");
    expect(Math.abs(store.now() - Number(row?.["now"]))).toBeLessThan(500);
    expect(store.now()).toBeLessThanOrEqual(store.now());
  });

  it("ends what was accepted before it closes", async () => {
    const store = await open();
    const accepted = store.keep({ ...HERE, id: "accepted" });
    await store.close();
    expect(await accepted).toEqual({ id: "accepted" });
    expect((await errorOf(store.keep({ ...HERE, id: "late" }))).code).toBe("STORE_CLOSED");
  });
});

describe("opening a Postgres store", () => {
  it("can be done by several nodes at once", async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => openToy(fresh, { encryptionKey })));
    await Promise.all(stores.map((store, i) => store.keep({ ...HERE, id: String(i) })));
    expect(await stores[0]?.listIds({})).toEqual(["0", "1", "2", "3"]);
  });

  it("refuses another key, a newer schema and an altered migration, and changes nothing", async () => {
    await open();
    const before = await query("select * from perdure.migrations");
    expect((await errorOf(open("11".repeat(32)))).code).toBe("ENCRYPTION_KEY_WRONG");
    expect((await errorOf(open(encryptionKey, { ...toyDefinition, migrations: [] }))).code).toBe("DATABASE_NEWER");
    const altered = {
      ...toyDefinition,
      migrations: [{ name: "0001_notes", statements: ["create table other (id text)"] }],
    };
    expect((await errorOf(open(encryptionKey, altered))).code).toBe("DATABASE_ALTERED");
    const failing = {
      ...toyDefinition,
      migrations: [
        ...toyDefinition.migrations,
        { name: "0002", statements: ["create table second (id text)", "nonsense"] },
      ],
    };
    expect((await errorOf(open(encryptionKey, failing))).code).toBe("INTERNAL");
    expect(await query("select * from perdure.migrations")).toEqual(before);
    expect(await query("select 1 from pg_class where relname in ('other', 'second')")).toEqual([]);
  });

  it("asks for a key", async () => {
    expect((await errorOf(openToy(db))).code).toBe("OPTION_INVALID");
  });

  it("says what it could not reach, without the password", async () => {
    const error = await errorOf(openToy("postgres://someone:secret@127.0.0.1:1/nothing", { encryptionKey }));
    expect(error.code).toBe("DATABASE_UNREADABLE");
    expect(error.message).toContain("127.0.0.1:1");
    expect(error.message).not.toContain("secret");
    const missing = new URL(db);
    missing.pathname = "/nowhere";
    expect((await errorOf(openToy(missing.href, { encryptionKey }))).code).toBe("DATABASE_UNREADABLE");
  });
});
