import { describe, expect, it } from "vitest";
import type { Effect } from "./effects.ts";
import { checkSteps, type Seen } from "./verdict.ts";

const run = "run_1";
const began = (step: string, life: number): Effect => ({ kind: "began", run, step, life });
const given = (step: string, life: number): Effect => ({ kind: "given", run, step, life });
const killed: Effect = { kind: "killed", life: 1 };

function problemsOf(effects: readonly Effect[], reapings: number): readonly string[] {
  const events = Array.from({ length: reapings }, () => "run.reaped");
  return checkSteps(effects, new Map([[run, { events } as unknown as Seen]])).problems;
}

describe("the verdict on steps", () => {
  it("allows each step that was under way to begin again after one reaping", () => {
    const effects = [began("a", 1), began("b", 1), killed, began("a", 2), began("b", 2), given("a", 2), given("b", 2)];
    expect(problemsOf(effects, 1)).toEqual([]);
  });

  it("allows none to begin again more often than its run was reaped", () => {
    expect(problemsOf([began("a", 1), killed, began("a", 2)], 0)).toHaveLength(1);
    expect(problemsOf([began("a", 1), killed, began("a", 2), began("a", 3)], 1)).toHaveLength(1);
  });

  it("allows none to begin again whose result the code had", () => {
    expect(problemsOf([began("a", 1), given("a", 1), killed, began("a", 2)], 1)).toHaveLength(1);
  });
});
