import { describe, expect, it } from "vitest";
import { ALERTS_TOLD_SINGLY, type AlertCause, type AlertRule, planAlerts } from "./alerts.ts";

const CAUSE: AlertCause = { on: "failure", runId: "run_1", task: "billing", problem: { name: "Error", message: "no" } };
const ALL: AlertRule = { name: "all", on: ["failure", "held"] };
const MINUTE = 60_000;
/** Within a minute of its own. */
const NOW = 1_000 * MINUTE + 12_345;

function planned(now = NOW, cause: Partial<AlertCause> = {}, rule: Partial<AlertRule> = {}) {
  return planAlerts([{ ...ALL, ...rule }], { ...CAUSE, ...cause }, now)[0] ?? [];
}

describe("what is told of a failed run", () => {
  it.each<[string, Partial<AlertRule>, Partial<AlertCause>, boolean]>([
    ["every task", {}, {}, true],
    ["its task", { tasks: ["import", "billing"] }, {}, true],
    ["tasks like it", { tasks: ["bill*"] }, {}, true],
    ["other tasks", { tasks: ["import", "billing-*"] }, {}, false],
    ["held runs", { on: ["held"] }, {}, false],
    ["held runs, of one that is", { on: ["held"] }, { on: "held" }, true],
    ["every task, of a task of our own", {}, { task: "perdure.alert" }, false],
  ])("by an alert for %s", (_, rule, cause, isTold) => {
    expect(planned(NOW, cause, rule).length > 0).toBe(isTold);
  });

  it("is told by each alert that applies", () => {
    const plans = planAlerts([ALL, { ...ALL, name: "other", tasks: ["x"] }, { ...ALL, name: "third" }], CAUSE, NOW);
    expect(plans.map(([first]) => first?.payload.alert)).toEqual(["all", "third"]);
  });

  it("is the run itself, at once, and after the first few of a minute a summary of it", () => {
    const plan = planned();
    expect(plan.map(({ payload }) => payload.kind)).toEqual([...Array(ALERTS_TOLD_SINGLY).fill("one"), "summary"]);
    expect(plan[0]).toMatchObject({ dueAt: NOW, payload: { runId: "run_1", at: NOW, problem: CAUSE.problem } });
    const from = 1_000 * MINUTE;
    expect(plan.at(-1)).toMatchObject({
      from,
      dueAt: from + 1.5 * MINUTE,
      payload: { from, until: from + MINUTE, told: ALERTS_TOLD_SINGLY },
    });
    expect(new Set(plan.map(({ place }) => place)).size).toBe(plan.length);
  });

  it("has the same places for other runs of the task in this minute, and for nothing else", () => {
    const places = (...given: Parameters<typeof planned>) => planned(...given).map(({ place }) => place);
    expect(places(NOW + 40_000, { runId: "run_2" })).toEqual(places());
    for (const other of [
      places(NOW + MINUTE),
      places(NOW, { task: "other" }),
      places(NOW, { on: "held" }),
      places(NOW, {}, { name: "b" }),
    ])
      expect(new Set([...other, ...places()]).size).toBe(other.length * 2);
  });

  it("is as long as an alert may be", () => {
    const long = { name: "E".repeat(9_000), message: "x".repeat(90_000) };
    expect(JSON.stringify(planned(NOW, { problem: long })[0]?.payload).length).toBeLessThan(3_000);
  });
});
