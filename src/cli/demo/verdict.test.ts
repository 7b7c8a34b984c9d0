import { describe, expect, it } from "vitest";
import type { Effect } from "./ledger.ts";
import { judge } from "./verdict.ts";

const done = (pid: number, ...steps: readonly string[]): readonly Effect[] =>
  steps.map((step) => ({ runId: "run_1", step, pid }));
const died = (pid: number, ...steps: readonly string[]) => ({
  pid,
  recorded: steps.map((step) => ({ runId: "run_1", step })),
});

describe("judge", () => {
  it.each([
    ["nobody died", [], done(1, "a", "b"), { recorded: 0, returned: 0, repeated: 0, inFlight: 0 }],
    [
      "what was recorded came back",
      [died(1, "a", "b")],
      [...done(1, "a", "b"), ...done(2, "c")],
      { recorded: 2, returned: 2, repeated: 0, inFlight: 0 },
    ],
    [
      "what was under way was done again",
      [died(1, "a")],
      [...done(1, "a", "b"), ...done(2, "b")],
      { recorded: 1, returned: 1, repeated: 0, inFlight: 1 },
    ],
    [
      "what was recorded was done again",
      [died(1, "a", "b")],
      [...done(1, "a", "b"), ...done(2, "b")],
      { recorded: 2, returned: 1, repeated: 1, inFlight: 0 },
    ],
    [
      "the second death found the record of what the first had cut short",
      [died(1), died(2, "a")],
      [...done(1, "a"), ...done(2, "a", "b"), ...done(3, "b")],
      { recorded: 1, returned: 1, repeated: 0, inFlight: 2 },
    ],
  ])("%s", (_, deaths, effects, verdict) => {
    expect(judge(deaths, effects)).toEqual(verdict);
  });
});
