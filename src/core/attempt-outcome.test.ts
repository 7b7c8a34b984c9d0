import { describe, expect, it } from "vitest";
import { type AttemptOutcome, afterAttempt } from "./attempt-outcome.ts";
import type { Failure } from "./failure.ts";
import { DEFAULT_RETRY } from "./retry.ts";
import { type Ending, ON_DIVERGENCE, type Run } from "./run.ts";

const NOW = 1_000_000;
const RESUMING = { ...DEFAULT_RETRY, resume: true };
const moment = { now: NOW, chance: 0, owed: [] };
const failure: Failure = { kind: "error", name: "Error", message: "no" };

const run = {
  id: "run_1",
  phase: "running",
  attempt: 1,
  journal: 1,
  retry: DEFAULT_RETRY,
  onDivergence: "fail",
} as Run;

const OUTCOMES: readonly AttemptOutcome[] = [
  { kind: "returned", output: "1" },
  { kind: "returned" },
  { kind: "threw", failure },
  { kind: "threw", failure: { ...failure, kind: "timed_out" } },
  { kind: "canceled" },
  ...ON_DIVERGENCE.map((onDivergence) => ({ kind: "diverged" as const, diff: "- a\n+ b", onDivergence })),
];

describe("an attempt that ended", () => {
  it.each<[string, AttemptOutcome, Partial<Run>, unknown]>([
    ["completes what returned", { kind: "returned", output: "1" }, {}, { kind: "complete", output: "1" }],
    ["completes without an output", { kind: "returned" }, {}, { kind: "complete" }],
    ["is followed by another", { kind: "threw", failure }, {}, { kind: "retry", failure, dueAt: NOW + 1_000 }],
    [
      "is followed by one with a journal of its own, unless its task resumes",
      { kind: "threw", failure, resumeBefore: "http:a#1" },
      {},
      { kind: "retry", failure, dueAt: NOW + 1_000 },
    ],
    [
      "is followed by one that resumes before what it failed at",
      { kind: "threw", failure, resumeBefore: "http:a#1" },
      { retry: RESUMING },
      { kind: "retry", failure, dueAt: NOW + 1_000, resumeBefore: "http:a#1" },
    ],
    [
      "is followed by one with a journal of its own when it failed at no effect",
      { kind: "threw", failure },
      { retry: RESUMING },
      { kind: "retry", failure, dueAt: NOW + 1_000 },
    ],
    [
      "fails after the last",
      { kind: "threw", failure },
      { attempt: 3 },
      { kind: "end", ending: { status: "failed", failure } },
    ],
    ["is canceled", { kind: "canceled" }, {}, { kind: "end", ending: { status: "canceled" } }],
    ["restarts", { kind: "diverged", diff: "d", onDivergence: "restart" }, {}, { kind: "restart", diff: "d" }],
    [
      "is held after ten restarts",
      { kind: "diverged", diff: "d", onDivergence: "restart" },
      { attempt: 2, journal: 12 },
      { kind: "hold", diff: "d" },
    ],
    ["is held", { kind: "diverged", diff: "d", onDivergence: "hold" }, {}, { kind: "hold", diff: "d" }],
  ])("%s", (_, outcome, given, decision) => {
    expect(afterAttempt({ ...run, ...given }, outcome, moment)).toEqual(decision);
  });

  it("fails with the diff where the task wants that", () => {
    const decision = afterAttempt(run, { kind: "diverged", diff: "- a\n+ b", onDivergence: "fail" }, moment);
    expect(decision).toMatchObject({
      kind: "end",
      ending: { failure: { kind: "diverged", code: "JOURNAL_DIVERGED" } },
    });
    expect(JSON.stringify(decision)).toContain("+ b");
  });

  it("cannot have taken back anything before its run has ended", () => {
    expect(afterAttempt(run, { kind: "undone", missing: [] }, moment)).toMatchObject({
      ending: { status: "failed", failure: { code: "INTERNAL" } },
    });
  });
});

describe("an attempt whose end was asked for", () => {
  it.each(OUTCOMES)("still completes, and ends as canceled otherwise: %j", (outcome) => {
    const decision = afterAttempt({ ...run, cancelRequestedAt: 1 }, outcome, moment);
    if (outcome.kind === "returned") expect(decision.kind).toBe("complete");
    else expect(decision).toEqual({ kind: "end", ending: { status: "canceled" } });
  });
});

describe("a run that takes back what it did", () => {
  const undoing = (ending: Ending | undefined, given: Partial<Run> = {}) =>
    ({ ...run, ...given, phase: "undoing", ...(ending === undefined ? {} : { ending }) }) as Run;
  const endings: readonly Ending[] = [
    { status: "failed", failure },
    { status: "canceled" },
    { status: "canceled", failure },
  ];

  it.each(endings)("ends as decided when all is undone: %j", (ending) => {
    expect(afterAttempt(undoing(ending), { kind: "undone", missing: [] }, moment)).toEqual({ kind: "end", ending });
  });

  it.each(endings)("says what could not be undone, with the first failure as its cause: %j", (ending) => {
    const decision = afterAttempt(undoing(ending), { kind: "undone", missing: ["charge: no"] }, moment);
    expect(decision).toMatchObject({ ending: { status: ending.status, failure: { code: "UNDO_INCOMPLETE" } } });
    expect(decision.kind === "end" && decision.ending.failure?.cause).toEqual(ending.failure);
    expect(JSON.stringify(decision)).toContain("charge: no");
  });

  it.each(OUTCOMES)("ends whatever else its worker reports, with the steps that are owed: %j", (outcome) => {
    const given = undoing({ status: "failed", failure }, { cancelRequestedAt: 1 });
    const decision = afterAttempt(given, outcome, { ...moment, owed: ["step:charge#1"] });
    expect(decision).toMatchObject({
      ending: { status: "failed", failure: { code: "UNDO_INCOMPLETE", cause: failure } },
    });
    expect(JSON.stringify(decision)).toContain("step:charge#1");
  });

  it("lists twenty names and counts the rest", () => {
    const missing = Array.from({ length: 25 }, (_, i) => `s${i}`);
    const decision = afterAttempt(undoing({ status: "canceled" }), { kind: "undone", missing }, moment);
    expect(JSON.stringify(decision)).toContain("s19 and 5 more");
  });

  it("fails without a known ending", () => {
    const outcome: AttemptOutcome = { kind: "undone", missing: [] };
    expect(afterAttempt(undoing(undefined, { failure }), outcome, moment)).toEqual({
      kind: "end",
      ending: { status: "failed", failure },
    });
    expect(afterAttempt(undoing(undefined), outcome, moment)).toMatchObject({
      ending: { failure: { code: "INTERNAL" } },
    });
  });
});
