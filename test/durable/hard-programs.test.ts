import { afterEach, describe, expect, test } from "vitest";
import { type AnyTask, metadata, step, task, wait } from "../../src/sdk/index.ts";
import { createTestPerdure, type TestPerdure, type TestPerdureOptions } from "../../src/testing/index.ts";

let perdure: TestPerdure | undefined;

async function start(tasks: readonly AnyTask[], options: Omit<TestPerdureOptions, "tasks"> = {}): Promise<TestPerdure> {
  perdure = await createTestPerdure({ tasks, onLog: () => undefined, ...options });
  return perdure;
}

afterEach(async () => {
  await perdure?.stop();
  perdure = undefined;
});

describe("a loop of equally named steps whose items change between attempts", () => {
  test("keeps each item's own result where the steps have keys", async () => {
    const ran: string[] = [];
    const loop = task({
      id: "loop",
      run: async (_: undefined, { ctx }) => {
        const items = ctx.attempt.number === 1 ? ["a", "b", "c"] : ["c", "x", "a"];
        const done: string[] = [];
        for (const item of items) {
          const run = () => {
            ran.push(item);
            return item.toUpperCase();
          };
          done.push(await step.run("item", run, { key: item }));
        }
        if (ctx.attempt.number === 1) throw new Error("once more");
        return done;
      },
    });
    const kit = await start([loop]);
    expect(await kit.run(loop, undefined)).toMatchObject({ output: ["C", "X", "A"] });
    expect(ran).toEqual(["a", "b", "c", "x"]);
  });
});

describe("a list that changes between the kill and the replay", () => {
  test("is read from the journal, and each item gets one child", async () => {
    let page = ["a", "b"];
    const digested: string[] = [];
    const digest = task({ id: "digest", run: (item: string) => step.run("digest", () => void digested.push(item)) });
    const scrape = task({
      id: "scrape",
      run: async () => {
        const items = await step.run("list", () => page);
        await wait.for("5s");
        const { runs } = await digest.batchTriggerAndWait(items.map((payload) => ({ payload })));
        return runs.filter(({ ok }) => ok).length;
      },
    });
    const kit = await start([scrape, digest]);
    const { id } = await scrape.trigger(undefined);
    await kit.advance("1s");
    page = ["b", "c", "d"];
    kit.crash();
    expect(await kit.untilFinal(id)).toMatchObject({ output: 2 });
    expect(digested.sort()).toEqual(["a", "b"]);
    expect((await kit.runs.list({ taskIdentifier: "digest" })).data).toHaveLength(2);
  });
});

describe("a process that dies at every continuation", () => {
  test("fails the attempt after three continuations without a new entry", async () => {
    let goes = 0;
    const hungry = task({
      id: "hungry",
      retry: { maxAttempts: 1 },
      run: async () => {
        await step.run("first", () => 1);
        await step.run("out of memory", () => {
          goes++;
          kit.crash();
        });
      },
    });
    const kit = await start([hungry]);
    const run = await kit.run(hungry, undefined);
    expect(run).toMatchObject({ status: "failed", attemptCount: 1, error: { code: "CRASHED" } });
    expect(goes).toBe(1 + 3);
  });

  test("does not fail one that gets further each time", async () => {
    let goes = 0;
    const stubborn = task({
      id: "stubborn",
      retry: { maxAttempts: 1 },
      run: async () => {
        for (let n = 0; n < 6; n++) {
          const before = goes;
          await step.run("part", () => goes++, { key: n });
          if (goes > before) kit.crash();
        }
        return "done";
      },
    });
    const kit = await start([stubborn]);
    expect(await kit.run(stubborn, undefined)).toMatchObject({ status: "completed", output: "done" });
  });
});

describe("many branches of dependent steps", () => {
  test("are cut anywhere without repeating a recorded step", { timeout: 60_000 }, async () => {
    const ran: string[] = [];
    const wide = task({
      id: "wide",
      run: () =>
        Promise.all(
          Array.from({ length: 50 }, async (_, branch) => {
            let sum = branch;
            for (let i = 0; i < 5; i++) {
              const act = () => {
                ran.push(`${branch}/${i}`);
                return sum + i;
              };
              // Without keys on purpose: the order alone tells them apart.
              sum = await step.run("add", act);
            }
            return sum;
          }),
        ),
    });
    const output = Array.from({ length: 50 }, (_, branch) => branch + 10);
    for (const crashAfterEntries of [1, 49, 50, 51, 125, 249, 250]) {
      const kit = await start([wide], { crashAfterEntries });
      expect(await kit.run(wide, undefined)).toMatchObject({ status: "completed", output });
      expect(new Set(ran).size).toBe(250);
      expect(ran.length).toBeLessThanOrEqual(300);
      ran.length = 0;
      await kit.stop();
    }
  });
});

describe("a child that is triggered when the process dies before it has the answer", () => {
  test.each([
    ["waited for", (inner: AnyTask) => inner.triggerAndWait(1).unwrap(), {}],
    ["not waited for", async (inner: AnyTask) => (await inner.trigger(1)).isCached, { crashAfterEntries: 1 }],
    [
      "triggered in a step",
      (inner: AnyTask) => step.run("s", () => inner.trigger(1).then(() => crashOnce()), { key: 1 }),
      {},
    ],
  ])("exists once: %s", async (how, ask, options) => {
    hasCrashed = false;
    const inner = task({
      id: "inner",
      run: async (n: number) => {
        if (how === "waited for") crashOnce();
        return step.run("n", () => n);
      },
    });
    const outer = task({ id: "outer", run: () => ask(inner) });
    const kit = await start([inner, outer], options);
    expect(await kit.run(outer, undefined)).toMatchObject({ status: "completed" });
    expect((await kit.runs.list({ taskIdentifier: "inner" })).data).toHaveLength(1);
  });
});

let hasCrashed = false;
function crashOnce(): void {
  if (!hasCrashed) perdure?.crash();
  hasCrashed = true;
}

describe("long journals", () => {
  test("are read page by page, warned about at 5,000 entries, and give the same", { timeout: 60_000 }, async () => {
    const long = task({
      id: "long",
      run: async () => {
        let sum = 0;
        for (let block = 0; block < 51; block++) {
          const parts = Array.from({ length: 100 }, (_, n) => step.run("n", () => n, { key: block * 100 + n }));
          for (const n of await Promise.all(parts)) sum += n;
          metadata.increment("blocks");
        }
        await wait.for("1h");
        return sum;
      },
    });
    const kit = await start([long]);
    const run = await kit.run(long, undefined);
    expect(run).toMatchObject({ status: "completed", output: 51 * 4_950, metadata: { blocks: 51 } });
    const kinds = (await kit.runs.events(run.id)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "journal.large")).toHaveLength(1);
  });
});
