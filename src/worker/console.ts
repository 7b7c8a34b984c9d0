/**
 * The console of a worker process: what is called within a run becomes lines of that run, formatted as the console would print
 * them. Everything else is left to the console itself.
 */
import { Console } from "node:console";
import { LIMITS } from "../core/limits.ts";
import type { LogLevel } from "../core/log-line.ts";
import { currentLog } from "./context.ts";
import type { RunLog } from "./run-log.ts";

/** Every method that prints, or that changes how others print. */
const LEVELS = {
  debug: "debug",
  trace: "debug",
  log: "log",
  dir: "log",
  dirxml: "log",
  table: "log",
  group: "log",
  groupCollapsed: "log",
  groupEnd: "log",
  count: "log",
  time: "log",
  timeLog: "log",
  timeEnd: "log",
  info: "info",
  warn: "warn",
  countReset: "warn",
  error: "error",
  assert: "error",
} as const satisfies Partial<Record<keyof Console, LogLevel>>;

type Method = keyof typeof LEVELS;
type Call = (...given: unknown[]) => void;

/** Replaces the methods of the global console. */
export function captureConsole(): void {
  const { console } = globalThis;
  const printers = new WeakMap<RunLog, Printer>();
  for (const method of Object.keys(LEVELS) as Method[]) {
    const original = console[method] as Call;
    const captured: Call = (...given) => {
      const log = currentLog();
      if (log === undefined) return original.apply(console, given);
      const printer = printers.get(log) ?? createPrinter();
      printers.set(log, printer);
      log.print(LEVELS[method], () => printer(method, given));
    };
    Object.defineProperty(console, method, { value: captured, writable: true, configurable: true, enumerable: true });
  }
}

type Printer = (method: Method, given: readonly unknown[]) => string | undefined;

/** Groups, counters and timers belong to a run: each has a console of its own, which prints into a text. */
function createPrinter(): Printer {
  let printed = "";
  const sink = { write: (text: string) => (printed += text) };
  const own = new Console({ stdout: sink as never, stderr: sink as never, ignoreErrors: false, colorMode: false });
  return (method, given) => {
    // What is printed may itself print, from an `inspect` of its own.
    const around = printed;
    printed = "";
    try {
      (own[method] as Call)(...given.map(shortened));
      return printed === "" ? undefined : printed;
    } finally {
      printed = around;
    }
  };
}

/** Beyond what a line keeps, and what is looked at for secrets. */
const LONGEST = 2 * LIMITS.logs.lineCharacters;

function shortened(given: unknown): unknown {
  return typeof given === "string" && given.length > LONGEST ? given.slice(0, LONGEST) : given;
}
