import { beforeEach, describe, expect, it } from "vitest";
import type { Env } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import type { Call } from "./outcome.ts";
import { createWriteQueue, type WriteQueue } from "./write-queue.ts";

/** A queue whose turns and answers come when the test says so. */
let turns: (() => void)[];
let posts: (readonly Call[])[];
let busy: boolean[];
let queue: WriteQueue;
let isDown: boolean;

beforeEach(() => {
  turns = [];
  posts = [];
  busy = [];
  isDown = false;
  const env = { turn: (action: () => void) => void turns.push(action) } as unknown as Env;
  queue = createWriteQueue({
    env,
    post(calls) {
      if (isDown) throw perdureError("STORE_UNAVAILABLE", { problem: "it is down" });
      structuredClone(calls);
      posts.push(calls);
    },
    onBusy: (isBusy) => busy.push(isBusy),
  });
});

function turn(): void {
  for (const action of turns.splice(0)) action();
}

/** Answers what was posted, until nothing comes any more. */
async function answerAll(): Promise<number> {
  let answered = 0;
  for (let batch = posts.shift(); batch !== undefined; batch = posts.shift()) {
    queue.settle(batch.map(({ verb }) => ({ result: verb })));
    answered += batch.length;
    turn();
    turn();
  }
  await Promise.resolve();
  return answered;
}

const postedVerbs = () => posts.map((calls) => calls.map(({ verb }) => verb));

describe("the write queue", () => {
  it("posts what was written in one turn as one message", async () => {
    const answers = [queue.write("a", {}), queue.write("b", {})];
    expect(posts).toEqual([]);
    turn();
    expect(postedVerbs()).toEqual([["a", "b"]]);
    await answerAll();
    expect(await Promise.all(answers)).toEqual(["a", "b"]);
    expect(busy).toEqual([true, false]);
  });

  it("posts early once much was collected", () => {
    void queue.write("a", { payload: "x".repeat(200_000) });
    void queue.write("b", { payload: "x".repeat(100_000) });
    void queue.write("c", {});
    expect(postedVerbs()).toEqual([["a", "b"]]);
    turn();
    expect(postedVerbs()).toEqual([["a", "b"], ["c"]]);
  });

  it("answers in a turn of its own, not while messages come in", async () => {
    let answer: unknown;
    void queue.write("a", {}).then((result) => {
      answer = result;
    });
    turn();
    queue.settle([{ result: 1 }]);
    await Promise.resolve();
    expect(answer).toBeUndefined();
    turn();
    await Promise.resolve();
    expect(answer).toBe(1);
  });

  it.each(["createRuns", "createBatch", "putBatchItems"])(
    "holds %s back beyond 5,000 unanswered calls, and no work that runs already",
    async (verb) => {
      const created = Array.from({ length: 5_100 }, () => queue.write(verb, {}));
      const renewed = queue.write("renewLeases", {});
      turn();
      expect(posts.flat()).toHaveLength(5_001);
      expect(posts.flat().at(-1)?.verb).toBe("renewLeases");
      expect(await answerAll()).toBe(5_101);
      await Promise.all([...created, renewed]);
    },
  );

  it("holds new work back beyond 32 MB of unanswered calls", () => {
    const payload = "x".repeat(1024 * 1024);
    for (let i = 0; i < 40; i++) void queue.write("createRuns", { payload });
    expect(posts.flat().length).toBeGreaterThanOrEqual(31);
    expect(posts.flat().length).toBeLessThanOrEqual(33);
  });

  it("refuses new work beyond 50,000 that wait, and keeps taking the rest", async () => {
    const answers = Array.from({ length: 55_001 }, () => queue.write("createRuns", {}));
    await expect(answers.at(-1)).rejects.toMatchObject({ code: "STORE_BUSY" });
    const completed = queue.write("completeRun", {});
    turn();
    expect(posts.flat().at(-1)?.verb).toBe("completeRun");
    expect(await answerAll()).toBe(55_001);
    await completed;
    await Promise.all(answers.slice(0, -1));
  });

  it("refuses what was posted when nobody will answer, and posts the rest to whoever comes next", async () => {
    const lost = queue.write("a", {});
    turn();
    const kept = queue.write("b", {});
    queue.abandon(perdureError("STORE_UNAVAILABLE", { problem: "it died" }));
    await expect(lost).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.stringContaining("it died"),
    });
    posts = [];
    turn();
    await answerAll();
    expect(await kept).toBe("b");
    expect(busy.at(-1)).toBe(false);
  });

  it("refuses at once what cannot be posted, and is idle then", async () => {
    isDown = true;
    const answer = queue.write("a", {});
    turn();
    await expect(answer).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await queue.drained();
    expect(busy.at(-1)).toBe(false);
  });

  it("is drained when everything is answered, what was held back too", async () => {
    for (let i = 0; i < 5_010; i++) void queue.write("createRuns", {});
    turn();
    let isDrained = false;
    const drained = queue.drained().then(() => {
      isDrained = true;
    });
    await Promise.resolve();
    expect(isDrained).toBe(false);
    await answerAll();
    await drained;
  });
});
