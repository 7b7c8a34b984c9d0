import { type Duration, parseDuration } from "./duration.ts";

/**
 * How long final runs are kept, in milliseconds; `undefined` for good. Default: 30 days.
 *
 * @throws {PerdureError} `DURATION_INVALID`.
 */
export function retentionMs(retention: Duration | "never" = { days: 30 }): number | undefined {
  return retention === "never" ? undefined : parseDuration(retention, "retention");
}
