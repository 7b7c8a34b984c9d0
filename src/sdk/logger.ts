import type { LogLevel } from "../core/log-line.ts";
import { requireRun } from "./host.ts";

type Log = (message: string, properties?: Record<string, unknown>) => void;

/**
 * The run's own log. Lines that a replay writes again are muted until it has caught up. Properties are kept as JSON; what is known
 * for a secret is left out of them and of the message.
 */
export const logger: Record<LogLevel, Log> = {
  debug: logAt("debug"),
  log: logAt("log"),
  info: logAt("info"),
  warn: logAt("warn"),
  error: logAt("error"),
};

function logAt(level: LogLevel): Log {
  return (message, properties) => requireRun(`logger.${level}()`).log(level, message, properties);
}
