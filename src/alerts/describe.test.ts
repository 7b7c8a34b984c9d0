import { describe, expect, it } from "vitest";
import type { AlertPayload } from "../core/alerts.ts";
import { perdureError } from "../core/errors.ts";
import { describe as describeAlert, type Sources } from "./describe.ts";
import { mailText } from "./mail-text.ts";

/** A database from which everything has been deleted meanwhile. */
const GONE: Sources = {
  calls: { retrieve: ({ runId }) => Promise.reject(perdureError("RUN_NOT_FOUND", { runId })) },
  listFailures: async () => ({ count: 0, runs: [] }),
};
const PROBLEM = { name: "Error", message: `no credit\n${"x".repeat(5_000)}` };
const ONE: AlertPayload = {
  kind: "one",
  alert: "a",
  on: "failure",
  task: "billing",
  runId: "run_1",
  at: 0,
  problem: PROBLEM,
};
const MANY: AlertPayload = {
  kind: "summary",
  alert: "a",
  on: "failure",
  task: "billing",
  from: 0,
  until: 60_000,
  told: 5,
};

describe("what is told", () => {
  it("of a run that is deleted by now is what the delivery knows", async () => {
    const { text, data } = await describeAlert(ONE, GONE);
    expect(text).toBe("Run run_1 of billing failed: Error: no credit");
    expect(data).toEqual({ run: { id: "run_1", task: "billing" }, error: PROBLEM });
  });

  it("is not told as long as it cannot be looked up", async () => {
    const broken = { ...GONE, calls: { retrieve: () => Promise.reject(perdureError("STORE_UNAVAILABLE")) } };
    await expect(describeAlert(ONE, broken)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });

  it("of many failures is how many more there were, one at least", async () => {
    const failures = (count: number) =>
      describeAlert(MANY, { ...GONE, listFailures: async () => ({ count, runs: [] }) });
    expect((await failures(6)).text).toBe("1 more run of billing failed between 00:00:00 and 00:01:00 UTC.");
    expect((await failures(1_005)).text).toBe("1000 more runs of billing failed between 00:00:00 and 00:01:00 UTC.");
    expect((await failures(0)).text).toMatch(/^1 more run /);
  });

  it("of many held runs is that there are more, and where to find them", async () => {
    const message = await describeAlert({ ...MANY, on: "held" }, GONE);
    expect(message).toMatchObject({
      type: "runs.held",
      text: "More than 5 runs of billing were held between 00:00:00 and 00:01:00 UTC.",
      data: { task: "billing", told: 5 },
    });
    expect(mailText(message)).toContain("perdure runs list --task billing --status waiting");
  });

  it("by mail of a held run is how to go on", async () => {
    const message = await describeAlert(
      { ...ONE, on: "held", problem: { name: "JOURNAL_DIVERGED", message: "- a\n+ b" } },
      GONE,
    );
    expect(mailText(message)).toContain("- a\n+ b\n\n");
    expect(mailText(message)).toContain("perdure runs restart run_1");
  });
});
