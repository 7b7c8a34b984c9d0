import type { LogLine } from "../core/log-line.ts";
import type { EngineDeps } from "./deps.ts";

/** Hands lines on to whoever listens and to the telemetry, and waits for neither. */
export async function appendLogs(
  { telemetry, onLog }: Pick<EngineDeps, "telemetry" | "onLog">,
  lines: readonly LogLine[],
  onProblem: (error: unknown) => void,
): Promise<void> {
  telemetry?.writeLines(lines);
  try {
    for (const line of lines) onLog(line);
  } catch (error) {
    onProblem(error);
  }
}
