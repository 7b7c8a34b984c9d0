/** Starts that may fail in a row before a pool says that it is failing. */
const STARTS_UNTIL_FAILING = 5;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

/** How long to wait before the next start, after so many in a row that failed; 0 for a process that had started well. */
export function pauseBeforeStart(failures: number): number {
  if (isFailing(failures)) return LONGEST_PAUSE_MS;
  return SHORTEST_PAUSE_MS * 2 ** Math.max(0, failures - 1);
}

/** It is no accident any more: somebody has to look. */
export function isFailing(failures: number): boolean {
  return failures >= STARTS_UNTIL_FAILING;
}
