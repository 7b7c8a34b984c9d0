import { describe, expect, it } from "vitest";
import {
  canTransition,
  FINAL_STATUSES,
  isFinal,
  isLoss,
  lastEnd,
  OPEN_STATUSES,
  RUN_NOTES,
  RUN_PHASES,
  RUN_STATUSES,
  RUN_TRANSITIONS,
  type RunTransition,
} from "./run-state.ts";

const NAMES = Object.keys(RUN_TRANSITIONS) as RunTransition[];

describe("the life of a run", () => {
  it("ends in one of three ways, and nothing leaves them", () => {
    expect(FINAL_STATUSES).toEqual(["completed", "failed", "canceled"]);
    expect(OPEN_STATUSES).toEqual(["queued", "executing", "waiting"]);
    for (const status of RUN_STATUSES) {
      expect(isFinal(status)).toBe(NAMES.every((name) => !canTransition(name, status)));
    }
  });

  it("reaches every status but the first", () => {
    const reached = new Set(Object.values(RUN_TRANSITIONS).map(({ to }) => to));
    expect([...reached].sort()).toEqual([...RUN_STATUSES].sort());
    expect(RUN_PHASES).toEqual(["running", "undoing"]);
  });

  it("can be canceled and failed as long as it is open, and completed only by a worker", () => {
    expect(RUN_STATUSES.filter((status) => canTransition("cancel", status))).toEqual(OPEN_STATUSES);
    expect(RUN_STATUSES.filter((status) => canTransition("fail", status))).toEqual(OPEN_STATUSES);
    expect(RUN_STATUSES.filter((status) => canTransition("complete", status))).toEqual(["executing"]);
  });

  it("has one event for each transition and tells notes from them", () => {
    const events = Object.values(RUN_TRANSITIONS).map(({ event }) => event as string);
    expect(new Set(events).size).toBe(NAMES.length);
    expect(Object.keys(RUN_NOTES).filter((note) => events.includes(note))).toEqual([]);
  });
});

it("finds how a run was lost, whatever was noted and given back since", () => {
  expect(lastEnd(["run.created", "run.started", "run.quarantined", "run.started", "run.cancel-requested"])).toBe(
    "run.quarantined",
  );
  expect(lastEnd(["run.started", "run.reaped", "run.started", "run.released", "run.started"])).toBe("run.reaped");
  expect(isLoss(lastEnd(["run.started", "run.reaped", "run.started", "run.parked", "run.woken", "run.started"]))).toBe(
    false,
  );
  expect(isLoss(lastEnd(["run.created", "run.started"]))).toBe(false);
});
