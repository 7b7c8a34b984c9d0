import type { ParseArgsOptionsConfig } from "node:util";
import type { Client, Keys, Queues, Runs, Tasks } from "../sdk/index.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

/** One command: what it takes, and what it does. Each is a file of its own, loaded when it is asked for. */
export interface Command {
  /** Beside those that every command has (`--json`, `--url`, `--help`). */
  readonly options: Readonly<Record<string, Option>>;
  /** Words that it writes, each with what it means, for the help. */
  readonly words?: Readonly<Record<string, string>>;
  run(input: Input): Promise<ExitCode>;
}

type Option = ParseArgsOptionsConfig[string] & {
  /** What it means, for the help. */
  readonly means: string;
  /** What stands for its value there. */
  readonly value?: string;
};

export interface Input {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly terminal: Terminal;
  /** Made when it is first used: not every command needs a server. */
  readonly tasks: Tasks;
  readonly runs: Runs;
  readonly keys: Keys;
  readonly queues: Queues;
  /** For what the SDK has no name for. @throws {PerdureError} `SERVER_NOT_CONFIGURED`. */
  readonly client: () => Client;
}

/** The command line is not right; `problem` says what about it. */
export class UsageError extends Error {}

export function textOf(input: Input, option: string): string | undefined {
  const given = input.values[option];
  return typeof given === "string" ? given : undefined;
}

export function textsOf(input: Input, option: string): readonly string[] | undefined {
  const given = input.values[option];
  return Array.isArray(given) ? given.map(String) : undefined;
}

/** @throws {UsageError} unless it is a number of at least `least`. */
export function numberOf(input: Input, option: string, least: number): number | undefined {
  const text = textOf(input, option);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() === "" || !(number >= least)) throw new UsageError(`--${option} takes a number from ${least}`);
  return number;
}

/** @throws {UsageError} unless it is a whole number of at least `least`. */
export function wholeOf(input: Input, option: string, least: number): number | undefined {
  const number = numberOf(input, option, least);
  if (number === undefined || Number.isInteger(number)) return number;
  throw new UsageError(`--${option} takes a whole number from ${least}`);
}

const HIGHEST_PORT = 65_535;

/** What `--port` says. @throws {UsageError} unless it is a whole number of at least `least` that a port can have. */
export function portOf(input: Input, least: number): number | undefined {
  const port = wholeOf(input, "port", least);
  if (port === undefined || port <= HIGHEST_PORT) return port;
  throw new UsageError(`--port takes a whole number from ${least} to ${HIGHEST_PORT}.`);
}

/** The one argument that the command takes. @throws {UsageError} when there is none, or more. */
export function onlyOne({ positionals }: Input, what: string): string {
  const [only, ...more] = positionals;
  if (only === undefined) throw new UsageError(`Which ${what}? Name one.`);
  if (more.length > 0) throw new UsageError(`One ${what} at a time; ${more.join(" ")} is too much.`);
  return only;
}
