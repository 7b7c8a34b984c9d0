/**
 * The demo is the first thing that a newcomer runs. It judges itself; this runs it, and sees that its judgement is complete.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { isHonest, tellSteps } from "../demo/steps.ts";
import type { TraceLine } from "../demo/trace.ts";

const DEMO = join(import.meta.dirname, "../demo/demo.ts");
const run = promisify(execFile);

describe("the demo", () => {
  let story = "";

  beforeAll(async () => {
    // A demo that finds something untrue exits with 1, and this rejects with its story.
    const { stdout } = await run(process.execPath, [DEMO, "--seed", "4"], { timeout: 110_000 });
    story = stdout;
  }, 120_000);

  it("kills the worker at every kind of moment and comes to the end", () => {
    expect(story.match(/^ {2}process \d {2}killed /gm)).toHaveLength(6);
    expect(story).toMatch(/^ {2}process 7 {2}came to the end \(exit code 0\)/m);
    expect(story).not.toContain("it complained");
  });

  it("names what was repeated, and nothing else was", () => {
    expect(story).toMatch(/^ {2}in flight when process \d was killed:\n {4}\w.*: rows \d+-\d+/m);
    expect(story).toMatch(/^ {2}because it failed: rows 2701-2750, [3-9] times/m);
    expect(story).toMatch(/true {4}\d+ of them were executed more than once: \d+ that a kill caught in flight/);
  });

  it("finds the result equal to that of the undisturbed import", () => {
    expect(story).toMatch(/true {4}The table has 4337 rows, and they equal those of the undisturbed import/);
    expect(story).toMatch(/true {4}The import's output equals that of the undisturbed import/);
  });

  it("finds nothing untrue", () => {
    expect(story).not.toContain("UNTRUE");
    expect(story).toMatch(/^All 11 hold\./m);
  });

  it("prints plain text", () => {
    expect(story).toMatch(/^[\x20-\x7e\n]+$/);
  });
});

describe("the demo's judge", () => {
  const KILLED = new Set([1]);
  const began = (execution: string, attempt = 1): TraceLine => ({ kind: "began", ...at(execution), attempt });
  const effect = (execution: string): TraceLine => ({ kind: "effect", ...at(execution) });
  const given = (execution: string, life = lifeOf(execution)): TraceLine => ({ kind: "given", ...at(execution), life });
  const threw = (execution: string): TraceLine => ({ kind: "threw", ...at(execution) });
  const judge = (...trace: TraceLine[]) => tellSteps(trace, KILLED).map((story) => isHonest(story));

  it("accepts a step that was executed once, and given again by a replay", () => {
    expect(judge(began("1.1"), effect("1.1"), given("1.1"), given("1.1", 2))).toEqual([true]);
  });

  it("accepts the repetition of a step that a kill caught before its result was seen", () => {
    expect(judge(began("1.1"), effect("1.1"), began("2.1"), effect("2.1"), given("2.1"))).toEqual([true]);
  });

  it("accepts a step that failed in each attempt", () => {
    expect(judge(began("2.1"), threw("2.1"), began("2.2", 2), threw("2.2"))).toEqual([true]);
  });

  it("finds a step that was executed again although the code had its result", () => {
    expect(judge(began("1.1"), given("1.1"), began("2.1"), given("2.1"))).toEqual([false]);
  });

  it("finds a step that was executed again although nothing had died", () => {
    expect(judge(began("2.1"), effect("2.1"), began("2.2"), given("2.2"))).toEqual([false]);
    expect(judge(began("1.1"), effect("1.1"), began("1.2"), given("1.2"))).toEqual([false]);
  });

  it("finds a completed step that a new attempt did not keep", () => {
    expect(judge(began("2.1"), given("2.1"), began("2.2", 2), given("2.2"))).toEqual([false]);
  });

  it("finds a step whose result never came", () => {
    expect(judge(began("2.1"), effect("2.1"))).toEqual([false]);
  });

  function at(execution: string) {
    return { step: "rows 1-50", execution, life: lifeOf(execution) };
  }

  function lifeOf(execution: string): number {
    return Number(execution.split(".")[0]);
  }
});
