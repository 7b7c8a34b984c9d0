import { availableParallelism } from "node:os";
import { parseDuration } from "../core/duration.ts";
import type { PoolBounds } from "../core/pool-size.ts";
import { type Command, type Input, textOf, UsageError, wholeOf } from "./command.ts";

/** What a server's commands take about worker processes. */
export const WORKER_OPTIONS = {
  workers: {
    type: "string",
    value: "<n>..<m>",
    means:
      "Worker processes: a number, or bounds within which it follows the load. Default: 1 to as many as processors.",
  },
  concurrency: { type: "string", value: "<n>", means: "Runs that execute at once in each. Default: 100." },
  isolated: {
    type: "string",
    value: "<n>",
    means: "Processes that execute one run each, started as needed. Default: as many as processors, at least 2.",
  },
  "hang-timeout": {
    type: "string",
    value: "<duration>",
    means: "How long code may block the event loop before its process is killed. Default: 5m.",
  },
} as const satisfies Command["options"];

/** @throws {UsageError} @throws {PerdureError} `DURATION_INVALID`. */
export function workerOptionsOf(input: Input) {
  return {
    workers: boundsOf(input),
    concurrency: wholeOf(input, "concurrency", 1) ?? 100,
    isolated: wholeOf(input, "isolated", 1) ?? Math.max(2, availableParallelism()),
    hangTimeoutMs: parseDuration(textOf(input, "hang-timeout") ?? "5m", "--hang-timeout"),
  };
}

/** A number, or two with `..` between them. */
function boundsOf(input: Input): PoolBounds {
  const text = textOf(input, "workers");
  if (text === undefined) return { min: 1, max: availableParallelism() };
  const [, least = "", most = least] = /^(\d{1,4})(?:\.\.(\d{1,4}))?$/.exec(text) ?? [];
  const bounds = { min: Number(least), max: Number(most) };
  if (bounds.min >= 1 && bounds.max >= bounds.min) return bounds;
  throw new UsageError("--workers takes a whole number from 1, or two such as 1..4");
}
