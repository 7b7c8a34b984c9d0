import { describe, expect, it } from "vitest";
import { type LossCause, type LostLease, verdictOn } from "./lost-process.ts";

const DIED: LossCause = { kind: "died", how: "with exit code 7" };
const RUN = { id: "run_1", maxDurationMs: 5_000 };
const QUARANTINED = { ...RUN, quarantinedAt: 1 };
const lease = (runId: string, more: Partial<LostLease> = {}): LostLease => ({
  runId,
  epoch: 1,
  hasBegun: true,
  isOverdue: false,
  ...more,
});
const waiting = lease("run_2", { hasBegun: false });

describe("a process that executed several runs", () => {
  const shared = (cause: LossCause, ...leases: LostLease[]) => ({ cause, isAlone: false, leases });

  it.each<LossCause>([DIED, { kind: "hung", afterMs: 1 }, { kind: "out of memory" }])(
    "makes suspects of those that had begun, and of no others: %j",
    (cause) => {
      const lost = shared(cause, lease("run_1"), waiting);
      expect(verdictOn(RUN, lease("run_1"), lost)).toEqual({ kind: "quarantine" });
      expect(verdictOn({ id: "run_2" }, waiting, lost)).toEqual({ kind: "release" });
    },
  );

  it("suspects all where none is known to have begun", () => {
    expect(verdictOn({ id: "run_2" }, waiting, shared(DIED, waiting))).toEqual({ kind: "reap" });
  });

  it("ends the one that was past its time, and lets the others go on", () => {
    const overdue = lease("run_1", { isOverdue: true });
    const lost = shared({ kind: "overran" }, overdue, lease("run_3"));
    expect(verdictOn(RUN, overdue, lost)).toMatchObject({
      kind: "fail",
      failure: { kind: "timed_out", code: "MAX_DURATION_EXCEEDED" },
    });
    expect(verdictOn({ id: "run_3" }, lease("run_3"), lost)).toEqual({ kind: "release" });
  });
});

describe("a process that executed one run", () => {
  const alone = (cause: LossCause) => ({ cause, isAlone: true, leases: [lease("run_1")] });

  it("lets a run that was never suspected go on once more", () => {
    expect(verdictOn(RUN, lease("run_1"), alone(DIED))).toEqual({ kind: "quarantine" });
  });

  it.each<[LossCause, string, RegExp]>([
    [DIED, "CRASHED", /with exit code 7/],
    [{ kind: "hung", afterMs: 300_000 }, "HUNG", /300 s/],
  ])("convicts one that was: %j", (cause, code, sentence) => {
    const verdict = verdictOn(QUARANTINED, lease("run_1"), alone(cause));
    expect(verdict).toMatchObject({ kind: "fail", failure: { kind: "crashed", code } });
    expect(verdict).toHaveProperty("failure.message", expect.stringMatching(sentence));
  });

  it("convicts one whose memory was too small at once, and names limit and use", () => {
    const cause: LossCause = { kind: "out of memory", limitMb: 256, usedMb: 301 };
    const verdict = verdictOn(RUN, lease("run_1"), alone(cause));
    expect(verdict).toMatchObject({ kind: "fail", failure: { code: "OUT_OF_MEMORY" } });
    expect(verdict).toHaveProperty("failure.message", expect.stringMatching(/256 MB.*301 MB/));
  });
});
