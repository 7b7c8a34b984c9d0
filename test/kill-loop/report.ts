/** What a loop says while it runs and when it is over. */
import type { CrashPoint } from "./crash-points.ts";
import { FAILPOINTS } from "./failpoints.ts";
import type { KillLoopResult, Progress } from "./kill-loop.ts";

const SHOWN_VIOLATIONS = 20;

export function progressLine({ phase, kills, accepted, reached }: Progress, seconds: number): string {
  return `${String(Math.round(seconds)).padStart(5)} s  ${phase.padEnd(9)} ${kills} kills, ${accepted} orders accepted, ${reached} of ${FAILPOINTS.length} failpoints reached`;
}

/** As data, for programs. */
export function summaryOf({ evidence: _, ...result }: KillLoopResult, seed: number, seconds: number): object {
  return {
    seed,
    seconds: Math.round(seconds),
    ...result,
    confirmed: result.confirmed.map(({ killed }) => killed),
  };
}

export function summaryText(result: KillLoopResult, seed: number, seconds: number): string {
  const { violations, kills, runs, events, reached, confirmed, uncertainSteps, reaped } = result;
  const lines = [
    `Seed ${seed}, ${Math.round(seconds)} s: ${kills} kills, ${runs} runs with ${events} events, ${reaped} times reaped, ${uncertainSteps} steps caught in flight.`,
    `${Object.keys(reached).length} of ${FAILPOINTS.length} failpoints killed a process; ${confirmed.length} crash points were as the table says.`,
  ];
  if (violations.length === 0) return [...lines, "Every promise was kept."].join("\n");
  return [
    ...lines,
    `${violations.length} broken promises:`,
    ...violations
      .slice(0, SHOWN_VIOLATIONS)
      .map(({ promise, runId, problem }) => `  ${promise}: ${runId === undefined ? "" : `${runId}: `}${problem}`),
  ].join("\n");
}

/** Rows that nobody confirmed. */
export function listUnconfirmed(all: readonly CrashPoint[], results: readonly KillLoopResult[]): readonly string[] {
  const confirmed = new Set(results.flatMap((result) => result.confirmed));
  return all.filter((row) => !confirmed.has(row)).map(({ killed }) => killed);
}
