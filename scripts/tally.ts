/** How many tests passed and failed, from what the test runner wrote. Whatever is unclear counts as a failure. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** The part of the runner's JSON report that we read. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export function countTests(report: string | undefined, exitCode: number): Tally {
  if (report === undefined || report.trim() === "") return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(report) as Report;
  // A file that could not be loaded, or whose hooks failed, has no failed test of its own to show for it.
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  ).length;
  const failed = numFailedTests + brokenFiles;
  const isSilentFailure = failed === 0 && (exitCode !== 0 || numPassedTests === 0);
  return { passed: numPassedTests, failed: isSilentFailure ? 1 : failed };
}
