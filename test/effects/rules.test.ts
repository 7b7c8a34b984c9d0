/** What becomes of effects where something is not as it was: retries, refusals, caches, requests that nobody knows the end of. */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type AnyTask, step, task, wait } from "../../src/sdk/index.ts";
import { createTestPerdure, type TestPerdure, type TestPerdureOptions } from "../../src/testing/index.ts";
import { startProgramServer } from "./program-server.ts";

let world: Awaited<ReturnType<typeof startProgramServer>>;
let perdure: TestPerdure | undefined;
let spaces = 0;
beforeAll(async () => {
  world = await startProgramServer();
});
afterAll(() => world.stop());
afterEach(async () => {
  await perdure?.stop();
  perdure = undefined;
});

async function start(tasks: readonly AnyTask[], options: Omit<TestPerdureOptions, "tasks"> = {}): Promise<TestPerdure> {
  perdure = await createTestPerdure({ tasks, onLog: () => undefined, ...options });
  return perdure;
}

function space() {
  const name = `rules${++spaces}`;
  return { at: `${world.url}/${name}`, asked: () => world.asked(name) };
}

const get = async (url: string, init?: RequestInit) =>
  (await fetch(url, init)).json() as Promise<Record<string, unknown>>;
const post = (url: string, body: unknown) => get(url, { method: "POST", body: JSON.stringify(body) });

async function eventsOf(kit: TestPerdure, id: string) {
  const events = await kit.runs.events(id);
  return events.filter(({ kind }) => !kind.startsWith("run.")).map(({ kind, details }) => [kind, details]);
}

describe("a new attempt", () => {
  const failing = (at: string, retry: object) =>
    task({
      id: "failing",
      retry: { maxAttempts: 5, minTimeoutInMs: 1, maxTimeoutInMs: 1, ...retry },
      run: async () => {
        const first = await get(`${at}/page/first`);
        await wait.for("1h");
        const second = await post(`${at}/charge`, { n: 2 });
        const response = await fetch(`${at}/flaky/2`, { method: "POST", body: "x" });
        if (!response.ok) throw new Error(`It said ${response.status}.`);
        return {
          first: first["times"],
          second: second["times"],
          third: ((await response.json()) as { times: number }).times,
        };
      },
    });

  test("makes every request anew", async () => {
    const { at, asked } = space();
    const kit = await start([failing(at, {})]);
    const run = await kit.run(failing(at, {}), undefined);
    expect(run).toMatchObject({ status: "completed", attemptCount: 3, output: { first: 3, second: 3, third: 3 } });
    expect(asked()).toHaveLength(9);
  });

  test("keeps everything before the effect that the attempt failed at, where it resumes", async () => {
    const { at, asked } = space();
    const resuming = failing(at, { resume: true });
    const kit = await start([resuming]);
    const run = await kit.run(resuming, undefined);
    expect(run).toMatchObject({ status: "completed", attemptCount: 3, output: { first: 1, second: 1, third: 3 } });
    expect(asked()).toEqual(["GET /page/first", 'POST /charge {"n":2}', ...Array(3).fill("POST /flaky/2 x")]);
  });

  test("resumes before the step that failed, and after those that did not", async () => {
    const { at, asked } = space();
    let tries = 0;
    const stepping = task({
      id: "stepping",
      retry: { maxAttempts: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1, resume: true },
      run: async () => {
        const page = await get(`${at}/page/x`);
        await step.run("fails once", () => {
          if (++tries === 1) throw new Error("once");
        });
        return page["times"];
      },
    });
    const kit = await start([stepping]);
    expect(await kit.run(stepping, undefined)).toMatchObject({ status: "completed", output: 1, attemptCount: 2 });
    expect(asked()).toEqual(["GET /page/x"]);
    expect(tries).toBe(2);
  });
});

describe("a request that may have been made when its process ended", () => {
  const charging = (at: string, effects: { onUncertain: "repeat" | "fail" }) =>
    task({
      id: "charging",
      effects,
      run: async () => {
        await get(`${at}/page/before`);
        return post(`${at}/charge`, { id: crypto.randomUUID() }).then(
          ({ times }) => times,
          (error: Error) => (error.cause as Error | undefined)?.message ?? error.message,
        );
      },
    });

  test("is made again with the same body, and the run's story names it", async () => {
    const { at, asked } = space();
    const repeating = charging(at, { onUncertain: "repeat" });
    // Entries: the page, and that the charge may have left.
    const kit = await start([repeating], { crashAfterEntries: 2 });
    const run = await kit.run(repeating, undefined);
    expect(run).toMatchObject({ status: "completed", output: 1 });
    const named = { method: "POST", url: `${at}/charge`, entry: expect.stringContaining("http:POST") };
    expect(await eventsOf(kit, run.id)).toEqual([["effect.uncertain", named]]);
    expect(asked()).toEqual(["GET /page/before", "POST /charge (a long body)"]);
  });

  test("fails where the task says so", async () => {
    const { at, asked } = space();
    const failing = charging(at, { onUncertain: "fail" });
    const kit = await start([failing], { crashAfterEntries: 2 });
    const run = await kit.run(failing, undefined);
    expect(run.output).toMatch(`POST ${at}/charge may have been made`);
    expect(asked()).toEqual(["GET /page/before"]);
  });

  test("and fails the run with it for good: another attempt would make it again", async () => {
    const { at, asked } = space();
    const failing = task({
      id: "failing-for-good",
      retry: { maxAttempts: 3, minTimeoutInMs: 1, maxTimeoutInMs: 1 },
      effects: { onUncertain: "fail" },
      run: () => post(`${at}/charge`, {}),
    });
    const kit = await start([failing], { crashAfterEntries: 1 });
    const run = await kit.run(failing, undefined);
    expect(run).toMatchObject({ status: "failed", attemptCount: 1, error: { cause: { code: "EFFECT_UNCERTAIN" } } });
    expect(asked()).toEqual([]);
  });
});

describe("a cache", () => {
  let token: string | undefined;
  const caching = (at: string, mode: "auto" | "strict") =>
    task({
      id: "caching",
      effects: mode,
      run: async () => {
        token ??= String((await get(`${at}/page/token`))["page"]);
        const data = await get(`${at}/page/data`, { headers: { authorization: token } });
        await wait.for("1h");
        return [data["times"], (await post(`${at}/charge`, {}))["times"]];
      },
    });

  test("that is warm where it was cold: the recorded request is stepped over", async () => {
    const { at, asked } = space();
    token = undefined;
    const kit = await start([caching(at, "auto")]);
    const run = await kit.run(caching(at, "auto"), undefined);
    expect(run).toMatchObject({ status: "completed", output: [1, 1] });
    expect(asked()).toEqual(["GET /page/token", "GET /page/data", "POST /charge {}"]);
    expect((await eventsOf(kit, run.id)).map(([kind]) => kind)).toEqual(["replay.stepped-over"]);
  });

  test("that is cold where it was warm: the request is made within the replay, and keeps its place in the next", async () => {
    const { at, asked } = space();
    token = "token";
    const twice = task({
      id: "twice",
      run: async () => {
        token ??= String((await get(`${at}/page/token`))["page"]);
        const data = await get(`${at}/page/data`, { headers: { authorization: token } });
        for (let hour = 0; hour < 3; hour++) await wait.for("1h");
        return data["times"];
      },
    });
    const kit = await start([twice]);
    const { id } = await twice.trigger(undefined);
    for (let hour = 0; hour < 3; hour++) {
      await kit.advance("59m");
      token = undefined;
      await kit.advance("1m");
    }
    expect(await kit.untilFinal(id)).toMatchObject({ status: "completed", output: 1 });
    // Cold from the second process on; the third and fourth find it in the journal.
    expect(asked()).toEqual(["GET /page/data", "GET /page/token"]);
    expect(await eventsOf(kit, id)).toEqual([]);
  });

  test("is a divergence in strict mode", async () => {
    const { at } = space();
    token = undefined;
    const kit = await start([caching(at, "strict")]);
    const run = await kit.run(caching(at, "strict"), undefined);
    expect(run).toMatchObject({ status: "failed", error: { code: "JOURNAL_DIVERGED" } });
  });
});

test("a request with another body stands in at its place, and the run's story shows the difference", async () => {
  const { at, asked } = space();
  let process = 0;
  const changing = task({
    id: "changing",
    run: async () => {
      process++;
      const charged = await post(`${at}/charge`, { process });
      await wait.for("1h");
      return charged["charged"];
    },
  });
  const kit = await start([changing]);
  const run = await kit.run(changing, undefined);
  expect(run.output).toEqual({ process: 1 });
  expect(asked()).toEqual(['POST /charge {"process":1}']);
  expect((await eventsOf(kit, run.id)).map(([kind]) => kind)).toEqual(["replay.request-differs"]);
});

test("equal requests in flight together are told of once", async () => {
  const { at } = space();
  const pair = task({
    id: "pair",
    run: async () => (await Promise.all([1, 2, 3].map(() => post(`${at}/charge`, {})))).length,
  });
  const kit = await start([pair]);
  const run = await kit.run(pair, undefined);
  expect(await eventsOf(kit, run.id)).toEqual([["effect.ambiguous", { method: "POST", url: `${at}/charge` }]]);
});

test("requests that are ignored, those of steps and those of code outside of runs are not recorded", async () => {
  const { at, asked } = space();
  const mixed = task({
    id: "mixed",
    effects: { ignore: [new URL(at).host] },
    run: async () => {
      await post(`${at}/ack`, { from: "run" });
      await step.run("asks", () => post(`${at}/ack`, { from: "step" }));
      await wait.for("1h");
    },
  });
  const kit = await start([mixed]);
  await post(`${at}/ack`, { from: "outside" });
  const run = await kit.run(mixed, undefined);
  expect(run.status).toBe("completed");
  expect(kit.entries).toBe(2);
  expect(asked().filter((one) => one.includes("run"))).toHaveLength(2);
  expect(asked().filter((one) => one.includes("step"))).toHaveLength(1);
});

describe("what cannot be recorded", () => {
  const path = join(tmpdir(), "perdure-rules-test");
  const writing = (effects: "auto" | "strict") =>
    task({
      id: "writing",
      effects,
      run: async () => {
        writeFileSync(path, "x");
        await wait.for("1h");
      },
    });

  test("marks the run, and its repetition is an event", async () => {
    const kit = await start([writing("auto")]);
    const run = await kit.run(writing("auto"), undefined);
    expect(await eventsOf(kit, run.id)).toEqual(
      ["effect.unrecorded", "effect.repeated"].map((kind) => [
        kind,
        {
          what: "node:fs writeFileSync perdure-rules-test",
          where: expect.stringMatching(/^test\/effects\/rules\.test\.ts:\d+:\d+$/),
        },
      ]),
    );
  });

  test("is refused in strict mode, once and for all", async () => {
    const kit = await start([writing("strict")]);
    const run = await kit.run(writing("strict"), undefined);
    expect(run).toMatchObject({ status: "failed", attemptCount: 1, error: { code: "EFFECT_REFUSED" } });
  });
});

test("a clock that code looks at, and chance that it draws, cost no entry of their own", async () => {
  const looking = task({
    id: "looking",
    run: async () => {
      const ids = Array.from({ length: 100 }, () => [
        Date.now(),
        performance.now(),
        Math.random(),
        crypto.randomUUID(),
      ]);
      await wait.for("1h");
      return ids;
    },
  });
  const kit = await start([looking]);
  const { output } = await kit.run(looking, undefined);
  expect(new Set((output as unknown[][]).map(([, , , id]) => id)).size).toBe(100);
  expect(kit.entries).toBe(1);
});

test("canceling a run gives up its requests", async () => {
  const { at, asked } = space();
  const patient = task({
    id: "patient",
    run: async (_: undefined, { signal }) => fetch(`${at}/silent`, { signal }).then(() => "answered"),
  });
  const kit = await start([patient]);
  const { id } = await patient.trigger(undefined);
  while (asked().length === 0) await kit.advance("1ms");
  await kit.runs.cancel(id);
  expect(await kit.untilFinal(id)).toMatchObject({ status: "canceled" });
});

test("a timer that holds nothing neither keeps a run from parking nor takes it back", async () => {
  let fired = 0;
  const flushing = task({
    id: "flushing",
    run: async () => {
      setInterval(() => fired++, 1_000).unref();
      await wait.for("1h");
      return fired;
    },
  });
  const kit = await start([flushing], { keepWarm: 100 });
  const { id } = await flushing.trigger(undefined);
  await kit.advance("30m");
  expect((await kit.runs.retrieve(id)).isWaiting).toBe(true);
  expect(fired).toBe(0);
  expect(await kit.untilFinal(id)).toMatchObject({ status: "completed" });
  const events = await kit.runs.events(id);
  expect(events.filter(({ kind }) => kind === "run.started")).toHaveLength(2);
});

describe("an answer whose body the code does not read", () => {
  const posting = (at: string, bytes: number) =>
    task({
      id: "posting",
      run: async () => {
        const { status } = await fetch(`${at}/chunked/${bytes}`, { method: "POST", body: "x" });
        await wait.for("1h");
        await wait.for("1h");
        return status;
      },
    });

  test.each([300_000, 20_000_000])("is not asked for again after a wait (%d bytes)", async (bytes) => {
    const { at, asked } = space();
    const kit = await start([posting(at, bytes)]);
    expect(await kit.run(posting(at, bytes), undefined)).toMatchObject({ status: "completed", output: 200 });
    expect(asked()).toHaveLength(1);
  });
});

test("timers that the code has seen are on disk before the step that they led it to", async () => {
  const ran: string[] = [];
  const racing = task({
    id: "racing",
    run: async () => {
      const winner = await Promise.race([
        new Promise<string>((resolve) => void setTimeout(resolve, 10, "first")),
        new Promise<string>((resolve) => void setTimeout(resolve, 20, "second")),
      ]);
      await step.run(winner, async () => {
        ran.push(winner);
        if (ran.length === 1) kit.crash();
      });
      return winner;
    },
  });
  const kit = await start([racing]);
  const run = await kit.run(racing, undefined);
  expect(run).toMatchObject({ status: "completed", output: "first" });
  expect(ran).toEqual(["first", "first"]);
  expect(kit.entries).toBe(2);
});

test("an attempt resumes after a step and a wait that went well", async () => {
  let made = 0;
  const resuming = task({
    id: "resuming",
    retry: { maxAttempts: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1, resume: true },
    run: async (_: undefined, { ctx }) => {
      await step.run("made", () => ++made);
      await wait.for({ minutes: 1 });
      if (ctx.attempt.number === 1) throw new Error("Once.");
    },
  });
  const kit = await start([resuming]);
  expect(await kit.run(resuming, undefined)).toMatchObject({ status: "completed", attemptCount: 2 });
  expect(made).toBe(1);
});
