import { afterEach, describe, expect, test } from "vitest";
import { type AnyTask, logger, metadata, RetryAfterError, step, tags, task, wait } from "../../src/sdk/index.ts";
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

const realTime = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe("what a step changes beside its result", () => {
  test("metadata survives a replay, and a failed step's too", async () => {
    const progress = task({
      id: "progress",
      run: async () => {
        metadata.set("before", 1);
        await step.run("work", () => {
          metadata.set("progress", 50).increment("done", 2).append("log", "a").del("before");
        });
        await step
          .run("fails", () => {
            metadata.increment("done");
            throw new Error("no");
          })
          .catch(() => undefined);
        await wait.for("1h");
        metadata.increment("done", 10);
        return metadata.current();
      },
    });
    const kit = await start([progress]);
    const run = await kit.run(progress, undefined);
    expect(run.output).toEqual({ progress: 50, done: 13, log: ["a"] });
    expect(run.metadata).toEqual(run.output);
  });

  test("the runs that it triggers are found again whatever their order", async () => {
    const seen: number[] = [];
    const inner = task({ id: "inner", run: (n: number) => void seen.push(n) });
    let tries = 0;
    const outer = task({
      id: "outer",
      retry: { minTimeoutInMs: 1 },
      run: () =>
        step.run("start", async () => {
          for (const n of ++tries === 1 ? [1, 2] : [2, 3]) await inner.trigger(n);
          if (tries === 1) throw new Error("once more");
        }),
    });
    const kit = await start([inner, outer]);
    await kit.run(outer, undefined);
    await kit.advance("1m");
    expect(seen.sort()).toEqual([1, 2, 3]);
  });
});

describe("a continuation sees what the code saw", () => {
  test("the id of a batch", async () => {
    const inner = task({ id: "inner", run: (n: number) => n });
    const ids: string[] = [];
    const outer = task({
      id: "outer",
      run: async () => {
        const { id } = await inner.batchTriggerAndWait([{ payload: 1 }]);
        const { batchId } = await inner.batchTrigger([{ payload: 2 }]);
        ids.push(`${id} ${batchId}`);
        await wait.for("1h");
        return `${id} ${batchId}`;
      },
    });
    const kit = await start([inner, outer]);
    const { output } = await kit.run(outer, undefined);
    expect(new Set([...ids, output]).size).toBe(1);
    const [first, second] = String(output).split(" ");
    expect((await kit.runs.list({ batch: first as string })).data.map((run) => run.payload)).toEqual([1]);
    expect((await kit.runs.list({ batch: second as string })).data.map((run) => run.payload)).toEqual([2]);
  });

  test("each branch its own wait, though one comes to it late in a process whose caches are cold", async () => {
    const at: Record<string, number> = {};
    let isWarm = true;
    const both = task({
      id: "both",
      run: async (began: number) => {
        const note = (name: string) =>
          step.run(name, () => {
            at[name] = kit.now().getTime() - began;
          });
        const short = async () => {
          if (!isWarm) await realTime(3);
          isWarm = false;
          await wait.for("1h");
          await note("short");
          await wait.for("3h");
        };
        const long = async () => {
          await wait.for("2h");
          await note("long");
        };
        await Promise.all([short(), long()]);
      },
    });
    const kit = await start([both], { effects: "steps-only" });
    expect(await kit.run(both, kit.now().getTime())).toMatchObject({ status: "completed" });
    expect(at).toEqual({ short: 3_600_000, long: 7_200_000 });
  });

  test("a step that was refused for its missing key", async () => {
    const caught = task({
      id: "caught",
      retry: { minTimeoutInMs: 1 },
      run: async (_: undefined, { ctx }) => {
        const codes: string[] = [];
        for (const n of [1, 2]) {
          await step.run("item", () => n).catch((error: { code: string }) => void codes.push(error.code));
        }
        if (ctx.attempt.number === 1) throw new Error("once more");
        await step.run("other", () => 1);
        await wait.for("1h");
        return codes;
      },
    });
    const kit = await start([caught]);
    expect(await kit.run(caught, undefined)).toMatchObject({
      status: "completed",
      output: ["STEP_KEY_MISSING", "STEP_KEY_MISSING"],
    });
  });
});

describe("an attempt that fails", () => {
  test("lets the steps that are under way come to their end, so that the next one keeps them", async () => {
    const ran: string[] = [];
    const parallel = task({
      id: "parallel",
      retry: { minTimeoutInMs: 1 },
      run: (_: undefined, { ctx }) =>
        Promise.all([
          step.run("fails once", () => {
            if (ctx.attempt.number === 1) throw new Error("no");
          }),
          step
            .run("slow", async () => {
              await realTime(5);
              ran.push("slow");
            })
            .then(() => step.run("after", () => void ran.push("after"))),
        ]),
    });
    const kit = await start([parallel]);
    expect(await kit.run(parallel, undefined)).toMatchObject({ status: "completed", attemptCount: 2 });
    expect(ran).toEqual(["slow", "after"]);
  });

  test("takes back a step that was under way only after it has ended, with its result", async () => {
    const ran: string[] = [];
    const parallel = task({
      id: "parallel",
      retry: { maxAttempts: 1 },
      run: () =>
        Promise.all([
          step.run("fails", () => {
            throw new Error("no");
          }),
          step.run(
            "slow",
            async () => {
              await realTime(5);
              ran.push("done");
              return 7;
            },
            { undo: (seat) => void ran.push(`undone ${seat}`) },
          ),
        ]),
    });
    const kit = await start([parallel], { keepWarm: 100 });
    await kit.run(parallel, undefined);
    expect(ran).toEqual(["done", "undone 7"]);
  });

  test("does not wait for a step that never ends", async () => {
    const hanging = task({
      id: "hanging",
      retry: { maxAttempts: 1 },
      run: () =>
        Promise.race([
          step.run("hangs", () => new Promise(() => undefined)),
          step.run("fails", () => Promise.reject(new Error("no"))),
        ]),
    });
    const kit = await start([hanging]);
    const { id } = await hanging.trigger(undefined);
    await kit.advance("31s");
    await kit.advance("1s");
    expect(await kit.runs.retrieve(id)).toMatchObject({ status: "failed" });
  });

  test("whatever was thrown", async () => {
    const thrown = [
      new RetryAfterError("soon", 5 as never),
      Object.defineProperty(new Error("x"), "message", {
        get: () => {
          throw new Error("hostile");
        },
      }),
      undefined,
      null,
      Object.create(null),
      Symbol("s"),
      () => 1,
    ];
    for (const what of thrown) {
      const throwing = task({
        id: "throwing",
        retry: { maxAttempts: 1 },
        run: async () => {
          await step
            .run("a", () => {
              throw what;
            })
            .catch(() => undefined);
          throw what;
        },
      });
      const kit = await start([throwing]);
      expect(await kit.run(throwing, undefined)).toMatchObject({ status: "failed" });
      await kit.stop();
    }
  });
});

describe("undo", () => {
  test("happens once for a step that a crash repeated", async () => {
    for (let crashAfterEntries = 1; crashAfterEntries <= 3; crashAfterEntries++) {
      const undone: string[] = [];
      const booking = task({
        id: "booking",
        retry: { maxAttempts: 1 },
        run: async () => {
          await step.run("book", () => "seat", { undo: (seat) => void undone.push(`cancel ${seat}`) });
          throw new Error("no");
        },
      });
      const kit = await start([booking], { crashAfterEntries });
      await kit.run(booking, undefined);
      expect(undone, `cut after ${crashAfterEntries}`).toEqual(["cancel seat"]);
      await kit.stop();
    }
  });

  test("of an earlier attempt is heard from that attempt's code, with the step's result", async () => {
    const undone: string[] = [];
    const booking = task({
      id: "booking",
      retry: { maxAttempts: 2, minTimeoutInMs: 1 },
      run: async (_: undefined, { ctx }) => {
        if (ctx.attempt.number === 2) throw new Error("for good");
        const steps = Array.from({ length: 30 }, (_, n) =>
          step.run("book", () => n, { key: n, undo: (seat) => void undone.push(`cancel ${seat}`) }),
        );
        await step.run("fails", () => Promise.reject(new Error("no")));
        await Promise.all(steps);
      },
    });
    const kit = await start([booking]);
    const { error } = await kit.run(booking, undefined);
    expect(error?.message).toBe("for good");
    expect(undone.sort()).toEqual(Array.from({ length: 30 }, (_, n) => `cancel ${n}`).sort());
  });

  test("can log and change metadata", async () => {
    const lines: string[] = [];
    const booking = task({
      id: "booking",
      retry: { maxAttempts: 1 },
      run: async () => {
        metadata.set("seat", 7);
        await step.run("book", () => 7, {
          undo: () => {
            logger.info(`cancel ${metadata.get("seat")}`);
            metadata.set("seat", null);
          },
        });
        throw new Error("no");
      },
    });
    for (const keepWarm of [0, 100]) {
      const kit = await start([booking], { keepWarm, onLog: ({ message }) => void lines.push(message) });
      expect((await kit.run(booking, undefined)).metadata).toEqual({ seat: null });
      expect(lines.splice(0)).toEqual(["cancel 7"]);
      await kit.stop();
    }
  });

  test("gives up on code that does not come to its steps again", async () => {
    let isFirst = true;
    const hanging = task({
      id: "hanging",
      retry: { maxAttempts: 1 },
      run: async () => {
        if (!isFirst) await new Promise(() => undefined);
        isFirst = false;
        await step.run("book", () => 7, { undo: () => undefined });
        throw new Error("no");
      },
    });
    const kit = await start([hanging]);
    expect((await kit.run(hanging, undefined)).error).toMatchObject({ code: "UNDO_INCOMPLETE" });
  });
});

describe("a parked run that is kept warm", () => {
  test.each([
    ["adds tags", () => tags.add("late")],
    ["flushes metadata", () => metadata.set("late", true).flush()],
    ["asks for a step", () => step.run("late", () => 1)],
  ])("%s when work that we do not know of calls back", async (_, act) => {
    let callBack: () => void = () => undefined;
    const waiting = task({
      id: "waiting",
      run: async () => {
        const called = new Promise<void>((resolve) => {
          callBack = resolve;
        });
        const late = called.then<unknown>(act).then(() => kit.now().getTime());
        await wait.for("1d");
        return late;
      },
    });
    const kit = await start([waiting], { keepWarm: 100 });
    const began = kit.now().getTime();
    const { id } = await waiting.trigger(undefined);
    await kit.advance("1h");
    callBack();
    await kit.advance("1h");
    const run = await kit.untilFinal<number>(id);
    expect(run).toMatchObject({ status: "completed" });
    expect(Number(run.output) - began).toBe(3_600_000);
  });
});

describe("the scope of an evicted run", () => {
  test("is closed: what an interval left running asks never settles and never runs", async () => {
    const intervals: ReturnType<typeof setInterval>[] = [];
    const late: string[] = [];
    let [ticks, lines] = [0, 0];
    const leaving = task({
      id: "leaving",
      run: async () => {
        const process = intervals.length;
        const note = (what: string) => () => {
          if (intervals.length > process + 1) late.push(`${what} in process ${process}`);
        };
        const interval = setInterval(() => {
          ticks++;
          logger.info("tick");
          metadata.increment("ticks");
          if (intervals.length > process + 1) void step.run("tick", note("ran"), { key: ticks }).then(note("settled"));
        }, 1);
        intervals.push(interval);
        await wait.for("1h");
        await wait.for("1h");
      },
    });
    const kit = await start([leaving], { effects: "steps-only", onLog: () => void lines++ });
    const { status } = await kit.run(leaving, undefined);
    const before = { ticks, lines };
    await realTime(30);
    for (const interval of intervals) clearInterval(interval);
    expect(status).toBe("completed");
    expect(intervals).toHaveLength(3);
    expect(ticks).toBeGreaterThan(before.ticks);
    expect(lines).toBe(before.lines);
    expect(late).toEqual([]);
  });
});
