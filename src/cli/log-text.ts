import type { LogLevel, RunLogLine } from "../sdk/index.ts";
import type { Color, Terminal } from "./terminal.ts";

const COLORS: Readonly<Partial<Record<LogLevel, Color>>> = {
  debug: "gray",
  info: "blue",
  warn: "yellow",
  error: "red",
};
const WIDEST_LEVEL = 5;

/** A line of a run's log, with its properties after it. */
export function logLine({ at, level, message, properties }: RunLogLine, terminal: Terminal): string {
  const color = COLORS[level];
  const padded = level.padEnd(WIDEST_LEVEL);
  const shown = color === undefined ? padded : terminal.paint(padded, color);
  const rest = properties === undefined ? "" : ` ${terminal.paint(JSON.stringify(properties), "gray")}`;
  return `${terminal.paint(at.toISOString(), "gray")}  ${shown}  ${printable(message)}${rest}`;
}

/** What a task logged, or named, must not move the cursor of whoever reads it, nor ring a bell; new lines and tabs may stay. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
