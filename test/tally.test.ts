/**
 * The closing line of `npm run check` must not say that all is well when it is not.
 */
import { describe, expect, it } from "vitest";
import { countTests } from "../scripts/tally.ts";

const report = (passed: number, failed: number, files: readonly { status: string; tests: readonly string[] }[] = []) =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    testResults: files.map(({ status, tests }) => ({
      status,
      assertionResults: tests.map((test) => ({ status: test })),
    })),
  });

describe("countTests", () => {
  it.each([
    ["counts what passed and failed", report(7, 2), 1, { passed: 7, failed: 2 }],
    ["says so when all passed", report(7, 0), 0, { passed: 7, failed: 0 }],
    [
      "counts a file that could not be loaded",
      report(7, 0, [{ status: "failed", tests: [] }]),
      1,
      { passed: 7, failed: 1 },
    ],
    [
      "counts a file whose hook failed",
      report(7, 0, [{ status: "failed", tests: ["passed"] }]),
      1,
      { passed: 7, failed: 1 },
    ],
    ["counts a failed test once", report(7, 1, [{ status: "failed", tests: ["failed"] }]), 1, { passed: 7, failed: 1 }],
    ["does not trust a runner that failed without saying where", report(7, 0), 1, { passed: 7, failed: 1 }],
    ["does not call no tests a success", report(0, 0), 0, { passed: 0, failed: 1 }],
    ["does not call no report a success", undefined, 0, { passed: 0, failed: 1 }],
    ["does not call an empty report a success", "", 0, { passed: 0, failed: 1 }],
  ])("%s", (_, text, exitCode, tally) => {
    expect(countTests(text, exitCode)).toEqual(tally);
  });
});
