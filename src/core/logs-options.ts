import { type Duration, parseDuration } from "./duration.ts";
import { perdureError } from "./errors.ts";

/** How lines that runs log are kept. */
export interface LogsOptions {
  /** Lines older than this are deleted. Default: they stay as long as their run. */
  retention?: Duration;
  /** All lines together, in megabytes; beyond it the oldest are deleted. Default: 1,024. */
  maxMegabytes?: number;
}

export interface KeptLogs {
  readonly maxAgeMs?: number;
  readonly maxBytes?: number;
}

const KNOWN: ReadonlySet<string> = new Set<keyof LogsOptions>(["retention", "maxMegabytes"]);
const MEGABYTE = 1024 * 1024;

/**
 * The option `logs`, once it is known to be good; `false` stores none.
 *
 * @param what - Whose option it is, for the errors.
 * @throws {PerdureError} `OPTION_UNSUPPORTED`, `OPTION_INVALID`, `DURATION_INVALID`.
 */
export function keptLogs(logs: unknown, what: string): false | KeptLogs {
  if (logs === undefined) return {};
  if (logs === false) return false;
  if (typeof logs !== "object" || logs === null || Array.isArray(logs))
    throw perdureError("OPTION_INVALID", {
      what,
      problem: "logs must be false, or an object with retention and maxMegabytes",
    });
  for (const [option, given] of Object.entries(logs))
    if (given !== undefined && !KNOWN.has(option))
      throw perdureError("OPTION_UNSUPPORTED", { what, option: `logs.${option}` });
  const { retention, maxMegabytes } = logs as LogsOptions;
  const maxBytes = maxMegabytes === undefined ? undefined : bytesOf(maxMegabytes);
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && maxBytes >= MEGABYTE))
    throw perdureError("OPTION_INVALID", { what, problem: "logs.maxMegabytes must be a number from 1" });
  return {
    ...(retention === undefined ? {} : { maxAgeMs: parseDuration(retention, "logs.retention") }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  };
}

function bytesOf(megabytes: unknown): number {
  return typeof megabytes === "number" ? Math.floor(megabytes * MEGABYTE) : Number.NaN;
}
