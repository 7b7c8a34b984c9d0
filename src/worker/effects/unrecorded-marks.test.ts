import fs from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../../test/store/open-toy.ts";
import type { LogLine } from "../../core/log-line.ts";
import { startPerdure } from "../../embedded/index.ts";
import { host, step, task, wait } from "../../sdk/index.ts";
import { createSystemEnv } from "../../system/index.ts";
import { inScope, type WorkerScope } from "../context.ts";
import type { Execution } from "../execution.ts";
import { interceptUnrecorded } from "../interception/unrecorded.ts";
import type { Effects } from "./effects.ts";

beforeAll(() => interceptUnrecorded());

/** A task whose code is `code`; what it does outside of steps is told to its execution. */
function marking(id: string, tell: "note" | "refuse", code: (payload: number) => Promise<unknown>) {
  return task({
    id,
    retry: { maxAttempts: 3, minTimeoutInMs: 1 },
    run: (payload: number, { ctx }) => {
      const scope = host().currentRun() as WorkerScope;
      const execution = perdure.worker.executing.find(({ run }) => run.id === ctx.run.id) as Execution;
      const effects = { unrecorded: (effect) => execution.unrecorded[tell](effect) } as Partial<Effects> as Effects;
      return inScope({ ...scope, effects }, () => code(payload));
    },
  });
}

let perdure: Awaited<ReturnType<typeof startPerdure>>;

async function start(tasks: readonly ReturnType<typeof marking>[], keepWarm: number) {
  const lines: LogLine[] = [];
  const env = createSystemEnv();
  const options = { db: ":memory:", tasks: [...tasks], keepWarm, onLog: (line: LogLine) => void lines.push(line) };
  perdure = await startPerdure(options, { env });
  onTestFinished(() => perdure.stop());
  return lines;
}

async function finish(id: string, payload = 0) {
  const { id: run } = await perdure.tasks.trigger(id, payload);
  return { run: await perdure.runs.poll(run), notes: await notesOf(run) };
}

async function notesOf(run: string) {
  const events = await perdure.runs.events(run);
  return events.filter(({ kind }) => kind.startsWith("effect.")).map(({ kind, details }) => [kind, details]);
}

const HERE = "src/worker/effects/unrecorded-marks.test.ts";
const place = expect.stringMatching(new RegExp(`^${HERE}:\\d+:\\d+$`));
const inFolder = () => {
  const folder = temporaryFolder();
  return (name: string) => join(folder, name);
};

it("each place is told once, in the story and in the log, with the cure; what a step does is not", async () => {
  const file = inFolder();
  const exporting = marking("exporting", "note", async () => {
    for (const name of ["a", "b", "c"]) fs.writeFileSync(file(name), name);
    fs.appendFileSync(file("a"), "more");
    await step.run("inside", () => fs.writeFileSync(file("d"), "d"));
    return fs.readdirSync(file(".")).length;
  });
  const lines = await start([exporting], 100);
  const { run, notes } = await finish("exporting");
  expect(run.output).toBe(4);
  expect(notes).toEqual([
    ["effect.unrecorded", { what: "node:fs writeFileSync a", where: place }],
    ["effect.unrecorded", { what: "node:fs appendFileSync a", where: place }],
    ["effect.unrecorded", { what: expect.stringMatching(/^node:fs readdirSync perdure-test-/), where: place }],
  ]);
  const [first] = lines;
  expect(lines).toHaveLength(3);
  expect(first).toMatchObject({ level: "warn", source: "perdure" });
  expect(first?.message).toMatch(
    new RegExp(`^node:fs writeFileSync a at ${HERE}:\\d+:\\d+ cannot be recorded: .*step\\.run\\(name, fn\\)`),
  );
});

it("a replay says what it repeats, and what comes after it is new", async () => {
  const file = inFolder();
  const pausing = marking("pausing", "note", async () => {
    fs.appendFileSync(file("before"), "x");
    await wait.for("1ms");
    fs.appendFileSync(file("between"), "x");
    await wait.for("1ms");
    fs.appendFileSync(file("after"), "x");
  });
  const lines = await start([pausing], 0);
  const { notes } = await finish("pausing");
  expect(notes.map(([kind, details]) => [kind, (details as { what: string }).what.split(" ").at(-1)])).toEqual([
    ["effect.unrecorded", "before"],
    ["effect.repeated", "before"],
    ["effect.unrecorded", "between"],
    ["effect.repeated", "before"],
    ["effect.repeated", "between"],
    ["effect.unrecorded", "after"],
  ]);
  expect(lines.map(({ message }) => message.split(" ")[2])).toEqual(["before", "between", "after"]);
  expect(fs.readFileSync(file("before"), "utf8")).toBe("xxx");
});

it("code that throws before anything of it is recorded is told all the same", async () => {
  const file = inFolder();
  const throwing = marking("throwing", "note", () => {
    fs.writeFileSync(file("a"), "");
    throw new Error("no");
  });
  const lines = await start([throwing], 0);
  const { run, notes } = await finish("throwing");
  expect([run.status, run.attemptCount]).toEqual(["failed", 3]);
  expect(notes).toEqual(Array(3).fill(["effect.unrecorded", { what: "node:fs writeFileSync a", where: place }]));
  expect(lines).toHaveLength(3);
});

it("a run with very many of them does not flood its story", async () => {
  const writers = Array.from({ length: 60 }, (_, i) => {
    const write = new Function(
      "fs",
      "file",
      `${"\n".repeat(i)}    fs.writeFileSync(file, "")\n//# sourceURL=${process.cwd()}/made-up-${i}.js`,
    );
    return write as (files: typeof fs, file: string) => void;
  });
  const file = inFolder();
  const flooding = marking("flooding", "note", async () => {
    for (const write of writers) write(fs, file("a"));
    // Enough of one kind that nobody looks where another comes from.
    for (let i = 0; i < 200; i++) fs.mkdirSync(file("d"), { recursive: true });
  });
  const lines = await start([flooding], 0);
  const { run, notes } = await finish("flooding");
  expect(run.status).toBe("completed");
  expect(notes).toHaveLength(21);
  expect(notes.at(-1)).toEqual([
    "effect.unrecorded",
    { what: expect.stringContaining("not named"), where: "made-up-20.js:23:8" },
  ]);
  expect(lines).toHaveLength(21);
});

it("a refusal names act and line, fails the run at its first attempt, and nothing has happened", async () => {
  const file = inFolder();
  const strict = marking("strict", "refuse", async () => fs.promises.writeFile(file("a"), ""));
  await start([strict], 0);
  const { run } = await finish("strict");
  expect(run).toMatchObject({ status: "failed", attemptCount: 1, error: { code: "EFFECT_REFUSED" } });
  expect(run.error?.message).toMatch(new RegExp(`^node:fs writeFile a at ${HERE}:\\d+:\\d+ cannot be recorded`));
  expect(fs.existsSync(file("a"))).toBe(false);
});

it("of runs that are kept in memory, those that would repeat something go last", async () => {
  const file = inFolder();
  const starts: number[] = [];
  const waiting = marking("waiting", "note", async (n) => {
    starts.push(n);
    if (n < 2) fs.writeFileSync(file(`${n}`), "");
    await wait.for("300ms");
  });
  await start([waiting], 2);
  const parked = async (n: number) => {
    const { id } = await perdure.tasks.trigger("waiting", n);
    await expect.poll(async () => (await perdure.runs.retrieve(id)).status, { interval: 5 }).toBe("waiting");
    return id;
  };
  const runs = [await parked(0), await parked(1), await parked(2)];
  for (const run of runs) await perdure.runs.poll(run);
  expect(starts).toEqual([0, 1, 2, 2]);
});
