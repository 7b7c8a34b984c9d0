import { describe, expect, it } from "vitest";
import { encodeValue } from "../../core/codec.ts";
import { describeDivergence } from "../../core/divergence.ts";
import { failureOfCode } from "../../core/failure.ts";
import type { Ending, Performance, Told } from "./performance.ts";
import { findingsIn, judge } from "./verdict.ts";

function completed(output: unknown = 1): Ending {
  return { kind: "final", status: "completed", output: encodeValue(output, "it"), lastedMs: 0 };
}

function told(kind: Told["kind"], details?: unknown): Told {
  return { kind, task: "a", details };
}

function performance(cut: number | undefined, story: readonly Told[] = [], ending = completed()): Performance {
  return { ending, entries: 3, ms: 1, story, ...(cut === undefined ? {} : { cut }) };
}

const twice = (story: readonly Told[] = [], outputs: readonly [unknown, unknown] = [1, 1]) =>
  [performance(undefined, story, completed(outputs[0])), performance(undefined, story, completed(outputs[1]))] as const;

const write = { what: "node:fs writeFile a.txt", where: "tasks/a.ts:3:5" };
const order = { method: "POST", url: "https://shop.example/orders" };
const diff = describeDivergence({ expected: "step:a#1", released: 0, asked: ["step:b#1"], hasReturned: false });

describe("a task that was cut", () => {
  it("continues anywhere where nothing showed, or what is promised of steps", () => {
    expect(judge(twice(), [performance(1), performance(2)])).toEqual({
      verdict: "continues",
      findings: [],
      notCompared: [],
    });
    const step = told("step.uncertain", { step: 'step "a"' });
    expect(judge(twice(), [performance(1, [step]), performance(2)])).toMatchObject({
      verdict: "continues",
      findings: [{ kind: "step", what: 'step "a"', cuts: [1] }],
    });
  });

  it.each([
    ["request", told("effect.uncertain", order), "POST https://shop.example/orders"],
    ["differs", told("replay.request-differs", { expected: "POST to a", asked: ["POST to a"] }), "POST to a"],
    ["skipped", told("replay.stepped-over", { expected: "GET to a", asked: [] }), "GET to a"],
  ])("continues anywhere, with something to know (%s)", (kind, line, what) => {
    const { verdict, findings } = judge(twice(), [performance(1), performance(2, [line]), performance(3, [line])]);
    expect([verdict, findings]).toEqual(["continues-with-notes", [{ kind, what, cuts: [2, 3] }]]);
  });

  it("is to be mended where it does what cannot be recorded, whether a cut has shown that or not", () => {
    const first = told("effect.unrecorded", write);
    const what = "node:fs writeFile a.txt at tasks/a.ts:3:5";
    expect(judge(twice([first]), [performance(1, [first])])).toMatchObject({
      verdict: "to-mend",
      findings: [{ kind: "unrecorded", what, cuts: [] }],
    });
    const again = told("effect.repeated", write);
    expect(judge(twice([first]), [performance(1, [first]), performance(2, [first, again])]).findings).toEqual([
      { kind: "unrecorded", what, cuts: [2] },
    ]);
    const nowhere = told("effect.repeated", { what: "a socket" });
    expect(judge(twice(), [performance(1, [nowhere])]).findings).toMatchObject([{ what: "a socket" }]);
  });

  it.each([
    [
      "run.failed",
      told("run.failed", { failure: failureOfCode("diverged", "JOURNAL_DIVERGED", { runId: "r", diff }) }),
    ],
    ["run.held", told("run.held", { diff })],
    ["run.restarted", told("run.restarted", { diff })],
  ])("is to be mended where it left its journal (%s), and not accused of what follows from that", (kind, line) => {
    const ending: Ending = kind === "run.restarted" ? completed(2) : { kind: "final", status: "failed", lastedMs: 0 };
    expect(judge(twice(), [performance(2, [line], ending)])).toMatchObject({
      verdict: "to-mend",
      findings: [{ kind: "diverged", what: '- step "a"\n+ step "b"', cuts: [2] }],
    });
  });

  it("that returned early has left its journal as well", () => {
    const returned = describeDivergence({ expected: "step:a#1", released: 0, asked: [], hasReturned: true });
    const held: Ending = { kind: "held" };
    expect(judge(twice(), [performance(1, [told("run.held", { diff: returned })], held)]).findings).toMatchObject([
      { kind: "diverged", what: '- step "a"\n+ it returned' },
    ]);
    expect(findingsIn(performance(undefined, [told("run.failed", { failure: { message: "no" } })]))).toEqual([]);
  });

  it.each<[Ending, string]>([
    [{ kind: "final", status: "failed", error: "no", lastedMs: 0 }, "it failed (no)"],
    [{ kind: "final", status: "canceled", lastedMs: 0 }, "it was canceled"],
    [{ kind: "held" }, "it is held after a divergence"],
    [{ kind: "stuck", problem: "why" }, "it does not end (why)"],
    [{ kind: "hung", seconds: 5 }, "it did not end within 5 s"],
    [{ kind: "died", how: "with exit code 3" }, "its process ended with exit code 3"],
  ])("is to be mended where it ended otherwise", (ending, what) => {
    expect(judge(twice(), [performance(1), performance(2, [], ending)])).toMatchObject({
      verdict: "to-mend",
      findings: [{ kind: "ended", what, cuts: [2] }],
    });
  });

  it("is to be mended where its output is another, but for what differs by itself", () => {
    const undisturbed = twice(
      [],
      [
        { n: 1, at: 1 },
        { n: 1, at: 2 },
      ],
    );
    expect(judge(undisturbed, [performance(1, [], completed({ n: 1, at: 3 }))])).toEqual({
      verdict: "continues",
      findings: [],
      notCompared: ["at"],
    });
    const other = { n: 2, at: 3 };
    expect(judge(undisturbed, [performance(2, [], completed(other))])).toMatchObject({
      verdict: "to-mend",
      findings: [{ kind: "output", what: "its output (n)", cuts: [2] }],
    });
    expect(judge(twice(), [performance(1, [], completed(2))]).findings).toMatchObject([{ what: "its output" }]);
  });

  it("is told the worst first, each thing once", () => {
    const story = [told("effect.ambiguous", order), told("step.key-missing", { step: "a" })];
    const late = [...story, told("step.uncertain", { step: 'step "a"' }), told("effect.repeated", write)];
    const kinds = judge(twice(story), [performance(1, late), performance(2, late)]).findings.map(({ kind, cuts }) => [
      kind,
      cuts,
    ]);
    expect(kinds).toEqual([
      ["unrecorded", [1, 2]],
      ["ambiguous", []],
      ["key", []],
      ["step", [1, 2]],
    ]);
  });
});
