/** `stop()`, and the end of a process without it: what was under way goes on, in this process or the next. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { createPerdure } from "../../src/embedded/index.ts";
import { step, task, wait } from "../../src/sdk/index.ts";
import { createTestDatabase } from "../postgres.ts";
import { temporaryFolder } from "../store/open-toy.ts";
import { count, until, works } from "./application.ts";
import { openEffects } from "./effects.ts";
import { killAll, startProcess } from "./lives.ts";

process.env["PERDURE_ENCRYPTION_KEY"] = "5a".repeat(32);
afterEach(killAll);
const here = () => join(temporaryFolder(), "perdure.db");

/** A task whose first step is done, and whose second lasts until somebody opens the gate. */
function slowTask() {
  const began: string[] = [];
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const slow = task({
    id: "slow",
    run: async (n: number) => {
      await step.run("first", () => void began.push("first"));
      await step.run("second", async () => {
        began.push("second");
        await gate;
      });
      return n;
    },
  });
  return { slow, began, open: () => open() };
}

describe("stop()", () => {
  it("hands runs back without burning an attempt, and the next start goes on at once", async () => {
    const db = here();
    const { slow, began, open } = slowTask();
    const first = await createPerdure({ db, tasks: [slow] });
    const { id } = await slow.trigger(7);
    await until(() => began.includes("second"));
    await first.stop();
    open();
    await using second = await createPerdure({ db, tasks: [slow] });
    const startedAt = performance.now();
    expect(await second.runs.poll(id)).toMatchObject({ output: 7, attemptCount: 1 });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(began).toEqual(["first", "second", "second"]);
    const kinds = (await second.runs.events(id)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "run.released")).toHaveLength(1);
    expect(kinds).not.toContain("run.reaped");
    expect(kinds).not.toContain("run.retrying");
  });

  it("gives runs to the other instances on the same Postgres, which need not wait for the lease", async () => {
    const db = await createTestDatabase();
    const { slow, began, open } = slowTask();
    await using staying = await createPerdure({ db, tasks: [slow], concurrency: 1 });
    const leaving = await createPerdure({ db, tasks: [slow], concurrency: 1 });
    const [one, other] = [await staying.tasks.trigger("slow", 1), await leaving.tasks.trigger("slow", 2)];
    await until(() => began.filter((name) => name === "second").length === 2);
    await leaving.stop();
    const startedAt = performance.now();
    open();
    expect(await staying.runs.poll(one)).toMatchObject({ output: 1, attemptCount: 1 });
    expect(await staying.runs.poll(other)).toMatchObject({ output: 2, attemptCount: 1 });
    // A lease is 30 seconds; others look every 5.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it("may be called twice and ends what waits for it; what is asked later is refused", async () => {
    const perdure = await createPerdure({ db: here(), tasks: [count] });
    const handle = await count.trigger(1, { delay: "1h" });
    const polled = perdure.runs.poll(handle).catch((error: { code?: string }) => error.code);
    await Promise.all([perdure.stop(), perdure.stop(), perdure[Symbol.asyncDispose]()]);
    expect(await polled).toBe("STOPPED");
    await expect(perdure.runs.retrieve(handle)).rejects.toMatchObject({ code: "STOPPED" });
    await expect(perdure.tasks.trigger("count", 1)).rejects.toMatchObject({ code: "STOPPED" });
    await expect(count.trigger(1)).rejects.toMatchObject({ code: "CLIENT_MISSING" });
  });

  it("answers what was asked before it: accepted and on disk, or refused", async () => {
    const db = here();
    const first = await createPerdure({ db, tasks: [count] });
    const asked = Array.from({ length: 200 }, (_, n) => count.trigger(n, { delay: "1h" }));
    const stopped = first.stop();
    const answers = await Promise.allSettled(asked);
    await stopped;
    await using second = await createPerdure({ db, tasks: [count] });
    for (const answer of answers) {
      if (answer.status === "rejected") expect(["STOPPED", "STORE_CLOSED"]).toContain(answer.reason.code);
      else expect(await second.runs.retrieve(answer.value)).toMatchObject({ isQueued: true });
    }
  });

  it("leaves waits, children and delays to the next start", async () => {
    const db = here();
    const child = task({
      id: "child",
      run: async (n: number) => {
        await wait.for("300ms");
        return n + 1;
      },
    });
    const parent = task({ id: "parent", run: (n: number) => child.triggerAndWait(n).unwrap() });
    const tasks = [child, parent, count];
    const first = await createPerdure({ db, tasks });
    const ids = [(await parent.trigger(1)).id, (await count.trigger(1, { delay: "300ms" })).id];
    await until(async () => (await first.runs.list({ status: "waiting" })).data.length === 2);
    await first.stop();
    await pause(400);
    await using second = await createPerdure({ db, tasks });
    const runs = await Promise.all(ids.map((id) => second.runs.poll(id)));
    expect(runs).toMatchObject([
      { output: 2, attemptCount: 1 },
      { output: 4, attemptCount: 1 },
    ]);
  });

  it("is called by `await using`", async () => {
    const db = here();
    for (let i = 0; i < 3; i++) await works(db);
  });

  it("ends one of two instances in a process and not the other", async () => {
    const { slow, began, open } = slowTask();
    const one = await createPerdure({ db: here(), tasks: [slow] });
    await using other = await createPerdure({ db: here(), tasks: [count] });
    await expect(count.trigger(1)).rejects.toMatchObject({ code: "CLIENT_AMBIGUOUS" });
    await one.tasks.trigger("slow", 1);
    const handle = await other.tasks.trigger<typeof count>("count", 1);
    await until(() => began.includes("second"));
    await one.stop();
    expect(await other.runs.poll(handle)).toMatchObject({ output: 4 });
    expect((await other.runs.list()).data).toHaveLength(1);
    expect(await other.runs.poll(await count.trigger(2))).toMatchObject({ output: 5 });
    open();
  });
});

describe("a process", () => {
  /** Milliseconds from its last word to its end. */
  async function timeToEnd(db: string, how: string): Promise<number> {
    const process = startProcess("leave.ts", [db, how]);
    expect(await process.says("done")).toBe(true);
    const saidAt = performance.now();
    expect(await process.ended()).toBe(0);
    expect(process.complaints()).toBe("");
    return performance.now() - saidAt;
  }

  const WAYS = ["stop", "using", "while-executing", "while-waiting"];

  it.each(WAYS)("that has stopped ends by itself (%s)", async (how) => {
    expect(await timeToEnd(here(), how)).toBeLessThan(3_000);
  });

  it("that has stopped ends by itself (on Postgres)", async () => {
    const db = await createTestDatabase();
    for (const how of WAYS) expect(await timeToEnd(db, how), how).toBeLessThan(3_000);
  });

  it("that is killed while a thousand runs execute leaves them to the next", async () => {
    const folder = temporaryFolder();
    const db = join(folder, "perdure.db");
    const first = startProcess("thousand.ts", [db, folder, "1", "hang"]);
    expect(await first.says("all execute"), first.complaints()).toBe(true);
    await first.kill();
    const second = startProcess("thousand.ts", [db, folder, "2", "finish"]);
    expect(await second.ended(), second.complaints()).toBe(0);
    const lines = openEffects(folder).read();
    const begun = (life: number) => lines.filter((line) => line.kind === "began" && line.life === life);
    expect(begun(1)).toHaveLength(2_000);
    // The first step was recorded, and only the second, in which the process was killed, began again.
    expect(new Set(begun(2).map((line) => (line.kind === "began" ? line.step : "")))).toEqual(new Set(["second"]));
    expect(begun(2)).toHaveLength(1_000);
    expect(second.complaints()).toBe("");
  }, 60_000);
});
