import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorOf, openToy, temporaryFolder } from "../../test/store/open-toy.ts";

const HERE = { environmentId: "env" };

describe.each([
  { kind: "a file", path: () => join(temporaryFolder(), "perdure.db") },
  { kind: "memory", path: () => ":memory:" },
])("a SQLite store in $kind", ({ path }) => {
  it("shows what was written to the next read", async () => {
    const store = await openToy(path());
    await store.createRuns({ ...HERE, id: "a", runs: [{ payload: "{1}" }] });
    expect(await store.findRun({ ...HERE, id: "a" })).toEqual({ payload: "{1}" });
    expect(await store.findRun({ ...HERE, id: "b" })).toBeUndefined();
  });

  it("rejects the culprit of a batch and keeps its neighbours", async () => {
    const store = await openToy(path());
    const answers = await Promise.allSettled([
      store.keep({ ...HERE, id: "a" }),
      store.keepThenThrow({ id: "b" }),
      store.refuse({ id: "c" }),
      store.keep({ ...HERE, id: "d" }),
    ]);
    expect(answers.map((answer) => (answer.status === "fulfilled" ? answer.value : answer.reason.code))).toEqual([
      { id: "a" },
      "INTERNAL",
      "RUN_NOT_FOUND",
      { id: "d" },
    ]);
    expect(await store.listIds({})).toEqual(["a", "d"]);
  });

  it("goes on after a verb that ended the transaction", async () => {
    const store = await openToy(path());
    const answers = await Promise.allSettled([
      store.misbehave({ how: "open-transaction" }),
      store.keepThenThrow({ id: "b" }),
    ]);
    expect(answers[1]?.status).toBe("rejected");
    await store.keep({ ...HERE, id: "z" });
    expect(await store.listIds({})).toContain("z");
  });

  it("keeps the order of calls", async () => {
    const store = await openToy(path());
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 200 }, (_, i) => store.keep({ ...HERE, id: String(i) }).then(() => order.push(i))),
    );
    expect(order).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  it("refuses calls after its end, and ends what was accepted before", async () => {
    const store = await openToy(path());
    const accepted = store.keep({ ...HERE, id: "a" });
    const closing = store.close();
    expect((await errorOf(store.keep({ ...HERE, id: "b" }))).code).toBe("STORE_CLOSED");
    expect((await errorOf(store.listIds({}))).code).toBe("STORE_CLOSED");
    expect(await accepted).toEqual({ id: "a" });
    await closing;
    await store.close();
  });

  it("never lets its clock go back", async () => {
    const store = await openToy(path());
    const first = store.now();
    expect(store.now()).toBeGreaterThanOrEqual(first);
    expect(store.isSingleNode).toBe(true);
  });
});

describe("the log of a SQLite file", () => {
  it("is emptied into the file while nothing is written", async () => {
    const path = join(temporaryFolder(), "perdure.db");
    const store = await openToy(path);
    for (let i = 0; i < 100; i++)
      await store.createRuns({ ...HERE, id: String(i), runs: [{ payload: "x".repeat(5_000) }] });
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(100_000);
    await expect.poll(() => statSync(`${path}-wal`).size, { timeout: 8_000 }).toBe(0);
    expect(statSync(path).size).toBeGreaterThan(500_000);
    expect(await store.listIds({})).toHaveLength(100);
  });
});

describe("the thread of a SQLite store", () => {
  it.each(["exit", "throw"] as const)(
    "is started again after its death (%s), and what it was doing is refused as unknown",
    async (how) => {
      const problems: Error[] = [];
      const store = await openToy(join(temporaryFolder(), "perdure.db"), {
        onProblem: (error) => problems.push(error),
      });
      await store.keep({ ...HERE, id: "before" });
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const doomed = Promise.allSettled([store.misbehave({ how }), store.keep({ ...HERE, id: "beside" })]);
      const [misbehaved] = await doomed;
      if (how === "exit")
        expect(misbehaved).toMatchObject({ status: "rejected", reason: { code: "STORE_UNAVAILABLE" } });
      await expect.poll(() => problems.length).toBe(1);
      await expect
        .poll(() =>
          store.keep({ ...HERE, id: `after` }).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
      const ids = await store.listIds({});
      expect(ids).toContain("before");
      expect(ids).toContain("after");
      if (how === "exit") expect(ids).not.toContain("beside");
    },
  );

  it("is not started again and again when it dies at once", async () => {
    const store = await openToy(join(temporaryFolder(), "perdure.db"));
    await errorOf(store.misbehave({ how: "exit" }));
    expect((await errorOf(store.keep({ ...HERE, id: "a" }))).code).toBe("STORE_UNAVAILABLE");
    await expect
      .poll(
        () =>
          store.keep({ ...HERE, id: "b" }).then(
            () => true,
            () => false,
          ),
        { timeout: 5_000 },
      )
      .toBe(true);
  });

  it("gets what cannot be sent refused alone", async () => {
    const store = await openToy(join(temporaryFolder(), "perdure.db"));
    const answers = await Promise.allSettled([
      store.keep({ ...HERE, id: "a" }),
      store.keep({ id: () => 1 } as never),
      store.keep({ ...HERE, id: "c" }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await store.listIds({})).toEqual(["a", "c"]);
  });
});
