import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  AbortTaskRunError,
  type AnyTask,
  runs as defaultRuns,
  logger,
  RetryAfterError,
  rollback,
  schemaTask,
  step,
  task,
  wait,
} from "../../src/sdk/index.ts";
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

describe("retries", () => {
  test("follow the policy, and the last failure is the run's", async () => {
    const at: number[] = [];
    const failing = task({
      id: "failing",
      retry: { maxAttempts: 4, minTimeoutInMs: 1_000, factor: 2, jitter: 0 },
      run: () => {
        at.push(kit.now().getTime());
        throw new RangeError("again");
      },
    });
    const kit = await start([failing]);
    const run = await kit.run(failing, undefined);
    expect(run).toMatchObject({ status: "failed", attemptCount: 4 });
    expect(run.error).toMatchObject({ name: "RangeError", message: "again" });
    expect(at.slice(1).map((instant, i) => instant - (at[i] as number))).toEqual([1_000, 2_000, 4_000]);
  });

  test("end with AbortTaskRunError, and come when RetryAfterError says", async () => {
    const aborting = task({
      id: "aborting",
      run: () => {
        throw new AbortTaskRunError("never");
      },
    });
    const later = task({
      id: "later",
      run: (_: undefined, { ctx }) => {
        if (ctx.attempt.number === 1) throw new RetryAfterError("later", new Date(kit.now().getTime() + 86_400_000));
        return kit.now().getTime();
      },
    });
    const kit = await start([aborting, later]);
    expect(await kit.run(aborting, undefined)).toMatchObject({ status: "failed", attemptCount: 1 });
    const began = kit.now().getTime();
    const { output } = await kit.run(later, undefined);
    expect(Number(output) - began).toBe(86_400_000);
  });

  test("refuse equally named steps without a key in a second attempt", async () => {
    const loop = task({
      id: "loop",
      run: async (_: undefined, { ctx }) => {
        for (const item of ["a", "b"]) await step.run("item", () => `${item}${ctx.attempt.number}`);
        if (ctx.attempt.number === 1) throw new Error("once more");
      },
    });
    const kit = await start([loop]);
    const run = await kit.run(loop, undefined);
    expect(run).toMatchObject({ status: "failed", attemptCount: 2 });
    expect(run.error).toMatchObject({ code: "STEP_KEY_MISSING" });
    const kinds = (await kit.runs.events(run.id)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "step.key-missing")).toHaveLength(1);
  });
});

describe("limits in time", () => {
  test("maxDuration counts executing time, not waits", async () => {
    const slow = task({
      id: "slow",
      maxDuration: 5,
      run: async () => {
        await wait.for("1h");
        await step.run("hang", () => new Promise(() => undefined));
      },
    });
    const kit = await start([slow]);
    const { id } = await slow.trigger(undefined);
    await kit.advance("1h");
    await kit.advance("10s");
    const run = await kit.untilFinal(id);
    expect(run).toMatchObject({ status: "failed", attemptCount: 1 });
    expect(run.error).toMatchObject({ code: "MAX_DURATION_EXCEEDED" });
  });

  test("a run that does not start within its TTL expires; a delay is not part of it", async () => {
    const busy = task({
      id: "busy",
      queue: { name: "one", concurrencyLimit: 1 },
      run: () => step.run("wait", () => gate),
    });
    let open: (value: unknown) => void = () => undefined;
    const gate = new Promise((resolve) => {
      open = resolve;
    });
    const kit = await start([busy]);
    const first = await busy.trigger(undefined);
    const second = await busy.trigger(undefined, { ttl: "1m", delay: "1m" });
    await new Promise((resolve) => setTimeout(resolve, 10));
    open(1);
    expect(await kit.untilFinal(first)).toMatchObject({ status: "completed" });
    expect(await kit.untilFinal(second)).toMatchObject({ status: "completed" });
    const third = await busy.trigger(undefined, { delay: "1d" });
    await kit.advance("1h");
    expect(await kit.runs.retrieve(third)).toMatchObject({ status: "queued", isQueued: true });
  });
});

describe("cancel", () => {
  test("ends a waiting run and its children", async () => {
    const inner = task({ id: "inner", run: () => wait.for("1y") });
    const done = task({ id: "done", run: () => 1 });
    const outer = task({
      id: "outer",
      run: () => inner.batchTriggerAndWait([{ payload: undefined }, { payload: undefined }]),
    });
    const kit = await start([inner, outer, done]);
    const { id } = await outer.trigger(undefined);
    await kit.advance("1m");
    await kit.runs.cancel(id);
    await kit.advance("1m");
    const { data } = await kit.runs.list();
    expect(data.map(({ status }) => status)).toEqual(["canceled", "canceled", "canceled"]);
    const ended = await kit.run(done, undefined);
    await kit.runs.cancel(ended);
    expect(await kit.runs.retrieve(ended)).toMatchObject({ status: "completed", output: 1 });
  });

  test("aborts the signal of an executing run, and a result that arrives counts", async () => {
    const seen: string[] = [];
    const polite = task({
      id: "polite",
      run: (_: undefined, { signal }) =>
        step
          .run(
            "work",
            () => new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve("done anyway"))),
          )
          .then((result) => {
            seen.push(result);
            return result;
          }),
    });
    const kit = await start([polite]);
    const { id } = await polite.trigger(undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const canceled = kit.runs.cancel(id);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await canceled;
    const run = await kit.untilFinal(id);
    expect(run.isCompleted).toBe(true);
    expect(["completed", "canceled"]).toContain(run.status);
  });
});

describe("undo", () => {
  test("takes back what completed steps did, latest first, and tells what it could not", async () => {
    const undone: string[] = [];
    const booking = task({
      id: "booking",
      retry: { maxAttempts: 1 },
      run: async () => {
        await step.run("a", () => 1, { undo: (n) => undone.push(`a ${n}`) });
        await step.run("b", () => 2, {
          undo: () => {
            throw new Error("gone");
          },
        });
        await rollback(() => undone.push("c"));
        throw new Error("failed");
      },
    });
    const kit = await start([booking]);
    const run = await kit.run(booking, undefined);
    expect(undone).toEqual(["c", "a 1"]);
    expect(run.status).toBe("failed");
    expect(run.error).toMatchObject({ code: "UNDO_INCOMPLETE", cause: { message: "failed" } });
    expect(run.error?.message).toContain('step "b" (gone)');
  });

  test("happens on cancel, and not when the run completes", async () => {
    const undone: string[] = [];
    const both = task({
      id: "both",
      run: async (waits: boolean) => {
        await step.run("a", () => 1, { undo: () => undone.push("a") });
        if (waits) await wait.for("1d");
      },
    });
    const kit = await start([both]);
    await kit.run(both, false);
    expect(undone).toEqual([]);
    const { id } = await both.trigger(true);
    await kit.advance("1h");
    await kit.runs.cancel(id);
    expect(await kit.untilFinal(id)).toMatchObject({ status: "canceled" });
    expect(undone).toEqual(["a"]);
  });
});

describe("divergence", () => {
  function changing(onDivergence: "restart" | "fail" | "hold") {
    const code = { version: 1, steps: [] as string[] };
    const changed = task({
      id: "changed",
      onDivergence,
      run: async () => {
        await step.run("first", () => code.steps.push("first"));
        await step.run(code.version === 1 ? "charge" : "charge-card", () => code.steps.push("charge"));
        await wait.for("1d");
        return code.version;
      },
    });
    return { code, changed };
  }

  async function diverge(kit: TestPerdure, changed: AnyTask, code: { version: number }) {
    const { id } = await changed.trigger(undefined);
    await kit.advance("1h");
    code.version = 2;
    await kit.advance("2d");
    return kit.runs.retrieve(id);
  }

  test("fails with a readable diff, and the changed step does not run", async () => {
    const { code, changed } = changing("fail");
    const kit = await start([changed]);
    const run = await diverge(kit, changed, code);
    expect(run.error).toMatchObject({ code: "JOURNAL_DIVERGED" });
    expect(run.error?.message).toContain('- step "charge"');
    expect(run.error?.message).toContain('+ step "charge-card"');
    expect(code.steps).toEqual(["first", "charge"]);
  });

  test("restarts with the steps that it kept", async () => {
    const { code, changed } = changing("restart");
    const kit = await start([changed]);
    const { id } = await diverge(kit, changed, code);
    expect(await kit.untilFinal(id)).toMatchObject({ status: "completed", output: 2, attemptCount: 1 });
    expect(code.steps).toEqual(["first", "charge", "charge"]);
  });

  test("holds for a person, who restarts it", async () => {
    const { code, changed } = changing("hold");
    const kit = await start([changed]);
    const run = await diverge(kit, changed, code);
    expect(run.status).toBe("waiting");
    await kit.runs.restart(run.id);
    expect(await kit.untilFinal(run.id)).toMatchObject({ status: "completed", output: 2 });
    await expect(kit.runs.restart(run.id)).rejects.toMatchObject({ code: "RUN_FINAL" });
  });
});

describe("queues", () => {
  test("keep their limit, and priority goes first", async () => {
    const order: string[] = [];
    let executing = 0;
    let most = 0;
    const limited = task({
      id: "limited",
      queue: { name: "narrow", concurrencyLimit: 2 },
      run: (name: string) =>
        step.run("work", async () => {
          most = Math.max(most, ++executing);
          order.push(name);
          await new Promise((resolve) => setTimeout(resolve, 2));
          executing--;
        }),
    });
    const kit = await start([limited]);
    const { runs } = await limited.batchTrigger(
      ["a", "b", "c", "d", "urgent"].map((payload) => ({
        payload,
        options: payload === "urgent" ? { priority: 60 } : {},
      })),
    );
    for (const run of runs) await kit.untilFinal(run);
    expect(most).toBe(2);
    expect(order.indexOf("urgent")).toBeLessThan(2);
  });

  test("an idempotency key leads to the first run until it expires", async () => {
    const plain = task({ id: "plain", run: (n: number) => n });
    const kit = await start([plain]);
    const first = await plain.trigger(1, { idempotencyKey: "k", idempotencyKeyTTL: "1h" });
    const second = await plain.trigger(2, { idempotencyKey: "k" });
    expect(second).toMatchObject({ id: first.id, isCached: true });
    await kit.advance("2h");
    const third = await plain.trigger(3, { idempotencyKey: "k" });
    expect(third.id).not.toBe(first.id);
    expect(await kit.untilFinal(third)).toMatchObject({ output: 3 });
  });

  test("a replay is a new run with the same payload", async () => {
    const plain = task({ id: "plain", run: (n: number, { ctx }) => (ctx.run.isReplay ? -n : n) });
    const kit = await start([plain]);
    const run = await kit.run(plain, 7);
    const replay = await kit.untilFinal(await kit.runs.replay(run.id));
    expect(replay).toMatchObject({ output: -7, replayOfRunId: run.id });
    expect(replay.id).not.toBe(run.id);
  });
});

describe("a run's log", () => {
  test("has each line once, whichever process it comes from", async () => {
    const lines: string[] = [];
    const talking = task({
      id: "talking",
      run: async () => {
        logger.info("begin");
        await wait.for("1h");
        logger.info("after the first wait");
        await step.run("step", () => 1);
        logger.info("after the step");
        await Promise.all([wait.for("1h"), wait.for("2h").then(() => logger.info("after the longest"))]);
        logger.info("end");
      },
    });
    const kit = await start([talking], { onLog: ({ message }) => void lines.push(message) });
    expect(await kit.run(talking, undefined)).toMatchObject({ status: "completed" });
    expect(lines).toEqual(["begin", "after the first wait", "after the step", "after the longest", "end"]);
  });
});

describe("misuse fails loudly", () => {
  test("outside a run", async () => {
    const plain = task({ id: "plain", run: () => 1 });
    expect(() => plain.triggerAndWait(undefined)).toThrow(expect.objectContaining({ code: "OUTSIDE_RUN" }));
    expect(() => wait.for("1s")).toThrow(expect.objectContaining({ code: "OUTSIDE_RUN" }));
    expect(() => step.run("x", () => 1)).toThrow(expect.objectContaining({ code: "OUTSIDE_RUN" }));
    expect(() => logger.info("x")).toThrow(expect.objectContaining({ code: "OUTSIDE_RUN" }));
    await expect(defaultRuns.list()).rejects.toMatchObject({ code: "CLIENT_MISSING" });
  });

  test("inside a step", async () => {
    const plain = task({ id: "plain", run: () => 1 });
    const inStep = (code: () => unknown) =>
      task({ id: "in-step", retry: { maxAttempts: 1 }, run: () => step.run("outer", () => code() as undefined) });
    for (const [code, expected] of [
      [() => wait.for("1s"), "WAIT_IN_STEP"],
      [() => plain.triggerAndWait(undefined), "WAIT_IN_STEP"],
      [() => step.run("inner", () => 1), "STEP_IN_STEP"],
    ] as const) {
      const misuse = inStep(code);
      const kit = await start([misuse, plain]);
      expect((await kit.run(misuse, undefined)).error).toMatchObject({ code: expected });
      await kit.stop();
    }
  });

  test("options that nothing would enforce, invalid durations, payloads that do not fit", async () => {
    const checked = schemaTask({ id: "checked", schema: z.object({ n: z.number() }), run: ({ n }) => n });
    const kit = await start([checked]);
    const refused = async (asked: () => Promise<unknown>, code: string) =>
      expect(asked()).rejects.toMatchObject({ code });
    await refused(() => checked.trigger({ n: "1" } as never), "PAYLOAD_INVALID");
    await refused(() => checked.trigger({ n: 1 }, { machine: "large" } as never), "OPTION_UNSUPPORTED");
    await refused(() => checked.trigger({ n: 1 }, { delay: "soon" }), "DURATION_INVALID");
    await refused(
      () => checked.trigger({ n: 1 }, { tags: Array.from({ length: 11 }, (_, i) => `t${i}`) }),
      "OPTION_INVALID",
    );
    const cycle: Record<string, unknown> = { n: 1 };
    cycle["self"] = cycle;
    await refused(() => checked.trigger(cycle as never), "VALUE_NOT_SERIALIZABLE");
    await refused(() => checked.trigger({ n: 1, text: "x".repeat(11 * 1024 * 1024) } as never), "VALUE_TOO_LARGE");
    await refused(() => kit.tasks.trigger("unknown" as never, {} as never), "TASK_UNKNOWN");
    await refused(() => kit.runs.retrieve("run_missing"), "RUN_NOT_FOUND");
    expect((await kit.runs.list()).data).toEqual([]);
    expect(() => task({ id: "m", region: "eu", run: () => 1 } as never)).toThrow(
      expect.objectContaining({ code: "OPTION_UNSUPPORTED" }),
    );
    await expect(createTestPerdure({ tasks: [checked, checked] })).rejects.toMatchObject({ code: "TASK_DUPLICATE" });
  });
});
