/** What runs log, over waits, replays and kills: every line once, and none lost. */
import { afterEach, describe, expect, test } from "vitest";
import type { LogLine, PerdureOptions } from "../../src/embedded/index.ts";
import { type AnyTask, logger, metadata, step, task, wait } from "../../src/sdk/index.ts";
import { createTestPerdure, type TestPerdure, type TestPerdureOptions } from "../../src/testing/index.ts";

let perdure: TestPerdure | undefined;
afterEach(async () => {
  await perdure?.stop();
  perdure = undefined;
});

async function start(tasks: readonly AnyTask[], options: Partial<TestPerdureOptions> = {}) {
  const lines: LogLine[] = [];
  const kit = await createTestPerdure({ tasks, onLog: (line) => void lines.push(line), ...options });
  perdure = kit;
  return { kit, lines, said: () => lines.map(({ message }) => message) };
}

const busy = task({
  id: "busy",
  run: async () => {
    logger.info("before all");
    const a = await step.run("a", () => {
      logger.info("in a");
      return 1;
    });
    logger.info("after a");
    await wait.for("1d");
    logger.info("after the wait");
    await Promise.all([
      step.run("b", () => logger.info("in b")).then(() => logger.info("after b")),
      wait.for("2d").then(() => logger.info("after two days")),
    ]);
    logger.info("at the end");
    return a;
  },
});
const BUSY = ["before all", "in a", "after a", "after the wait", "in b", "after b", "after two days", "at the end"];

describe("what a run logs", () => {
  test.each([0, 100])("is told once, in order, while waits continue by replay (keepWarm %i)", async (keepWarm) => {
    const { kit, said } = await start([busy], { keepWarm });
    expect(await kit.run(busy, undefined)).toMatchObject({ status: "completed" });
    expect(said()).toEqual(BUSY);
  });

  test("is never lost when its process is killed, and repeated around the kill alone", async () => {
    for (let crashAfterEntries = 1; crashAfterEntries <= 5; crashAfterEntries++) {
      const { kit, said } = await start([busy], { crashAfterEntries });
      expect(await kit.run(busy, undefined)).toMatchObject({ status: "completed" });
      expect(
        said()
          .filter((line, i, all) => all.indexOf(line) === i)
          .sort(),
      ).toEqual([...BUSY].sort());
      const repeated = BUSY.filter((line) => said().filter((other) => other === line).length > 1);
      expect(repeated.length).toBeLessThanOrEqual(3);
      expect(Math.max(...BUSY.map((line) => said().filter((other) => other === line).length))).toBeLessThanOrEqual(2);
      await kit.stop();
    }
  });

  test("before anything is asked for is told, whether the code returns or throws at once", async () => {
    const returning = task({ id: "returning", run: async () => logger.info("returns") });
    const throwing = task({
      id: "throwing",
      retry: { maxAttempts: 2 },
      run: async () => {
        logger.error("throws");
        throw new Error("no");
      },
    });
    const { kit, lines } = await start([returning, throwing]);
    await kit.run(returning, undefined);
    await kit.run(throwing, undefined);
    expect(lines.map(({ message, attempt }) => [message, attempt])).toEqual([
      ["returns", 1],
      ["throws", 1],
      ["throws", 2],
    ]);
  });

  test("names the run, the attempt, the lease and where it comes from", async () => {
    const { kit, lines } = await start([busy]);
    const { id } = await kit.run(busy, undefined);
    expect(lines[0]).toEqual({
      at: expect.any(Number),
      level: "info",
      source: "logger",
      message: "before all",
      runId: id,
      task: "busy",
      attempt: 1,
      epoch: 1,
    });
    expect(new Set(lines.map(({ epoch }) => epoch)).size).toBeGreaterThan(1);
  });

  test("in undos is told, and what the code logs while its undos are heard again is not", async () => {
    const booking = task({
      id: "booking",
      retry: { maxAttempts: 1 },
      run: async () => {
        logger.info("books");
        await step.run("book", () => 7, { undo: () => logger.info("cancels") });
        logger.info("fails");
        throw new Error("no");
      },
    });
    const { kit, said } = await start([booking]);
    await kit.run(booking, undefined);
    expect(said()).toEqual(["books", "fails", "cancels"]);
  });

  test("is stored, and can be read and followed", async () => {
    const { kit } = await start([busy]);
    const handle = await kit.tasks.trigger(busy, undefined);
    await kit.untilFinal(handle);
    const lines = await kit.runs.logs(handle);
    expect(lines.map(({ seq, message }) => [seq, message])).toEqual(BUSY.map((message, i) => [i + 1, message]));
    expect((await kit.runs.logs(handle, { after: 6, limit: 1 })).map(({ message }) => message)).toEqual([BUSY[6]]);
    const followed: string[] = [];
    for await (const { message } of kit.runs.followLogs(handle, { after: 2 })) followed.push(message);
    expect(followed).toEqual(BUSY.slice(2));
  });

  test("goes with its run", async () => {
    const { kit } = await start([busy], { retention: "1d" });
    const { id } = await kit.run(busy, undefined);
    expect(await kit.runs.logs(id)).toHaveLength(BUSY.length);
    await kit.advance("3d");
    await expect(kit.runs.logs(id)).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });

  test("is not stored where logs are off, and still told", async () => {
    const { kit, said } = await start([busy], { logs: false } satisfies Partial<PerdureOptions>);
    const { id } = await kit.run(busy, undefined);
    expect(said()).toEqual(BUSY);
    await expect(kit.runs.logs(id)).rejects.toMatchObject({ code: "LOGS_OFF" });
  });

  test("of a run that there is not is refused", async () => {
    const { kit } = await start([busy]);
    await expect(kit.runs.logs("run_00000000000000000000000000")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    await expect(kit.runs.logs("x")).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(kit.runs.logs("run_00000000000000000000000000", { limit: 0 })).rejects.toMatchObject({
      code: "OPTION_INVALID",
    });
  });
});

describe("a line", () => {
  test("loses its secrets, whatever it carries is made JSON, and logging never throws", async () => {
    const telling = task({
      id: "telling",
      run: async () => {
        logger.info("password=hunter2", { token: "abc", n: 1n });
        logger.warn({ toString: undefined } as never, new Error("as properties") as never);
        metadata.set("password", "kept");
      },
    });
    const { kit, lines } = await start([telling]);
    expect((await kit.run(telling, undefined)).status).toBe("completed");
    expect(lines[0]).toMatchObject({
      message: "password=[redacted: password]",
      properties: { token: "[redacted: token]", n: "1" },
    });
    expect(lines[1]).toMatchObject({ message: "{ toString: undefined }", properties: { message: "as properties" } });
  });

  test("that is too long is cut", async () => {
    const long = task({ id: "long", run: async () => logger.info("x".repeat(200_000), { y: "y".repeat(200_000) }) });
    const { kit, lines } = await start([long]);
    await kit.run(long, undefined);
    expect(JSON.stringify(lines[0]).length).toBeLessThan(140_000);
    expect(lines[0]?.message).toMatch(/… \[134464 more characters\]$/);
  });

  test("too many at once are left out, and counted", async () => {
    const flooding = task({
      id: "flooding",
      run: async () => {
        await step.run("flood", () => {
          for (let i = 0; i < 50_000; i++) logger.info(`line ${i}`);
        });
        await wait.for("1h");
        logger.info("later");
      },
    });
    const { kit, lines } = await start([flooding]);
    await kit.run(flooding, undefined);
    const notices = lines.filter(({ source }) => source === "perdure");
    const leftOut = notices.reduce((sum, { properties }) => sum + Number(properties?.["leftOut"]), 0);
    expect(lines.length - notices.length + leftOut).toBe(50_001);
    expect(leftOut).toBeGreaterThan(35_000);
    expect(lines.at(-1)?.message).toBe("later");
  });
});
