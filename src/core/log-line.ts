/** What the code of runs logs, from the process that executes it to whoever reads it. */

/** From the least to the most serious, as a filter reads them; `log` is what `console.log` says. */
export const LOG_LEVELS = ["debug", "log", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `perdure`: a line of ours in place of lines that were left out. */
export type LogSource = "logger" | "console" | "perdure";

/** A line of a run. Secrets are out of it, and its properties are plain JSON. */
export interface LogLine {
  /** Epoch milliseconds by the clock of the process that executes the run. */
  readonly at: number;
  readonly level: LogLevel;
  readonly source: LogSource;
  readonly message: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly runId: string;
  readonly task: string;
  readonly attempt: number;
  /** Of the lease under which it was logged. */
  readonly epoch: number;
}

/** A line as it was stored: its place in the run's log, from 1. Numbers that are missing belong to lines that were deleted. */
export interface StoredLogLine extends Omit<LogLine, "runId" | "task"> {
  readonly seq: number;
}

/** Stands for lines that are missing. */
export function lineAboutLines(
  count: number,
  why: string,
  origin: Omit<LogLine, "level" | "source" | "message">,
): LogLine {
  const what = count === 1 ? "1 line was left out" : `${count} lines were left out`;
  return { ...origin, level: "warn", source: "perdure", message: `${what}: ${why}.`, properties: { leftOut: count } };
}
