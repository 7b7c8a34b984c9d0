/**
 * The command line: reads the words, loads the one command that they name, and says by text, JSON and exit code how it went.
 *
 * A command is a file of its own (`trigger.ts`, `runs-list.ts`, …) in the table `commands.ts`; it asks a server through the SDK's
 * functions and writes to a `Terminal`. Nothing is decided about runs here, and no command knows HTTP, engine or store.
 * Commands start in a fraction of a second, so what one of them needs is loaded by that one alone. What goes wrong becomes one
 * sentence with a code and a cure in `main`, and nowhere else.
 */
import { parseArgs } from "node:util";
import { isPerdureError, perdureError } from "../core/errors.ts";
import { configure, createKeys, createQueues, createRuns, createTasks, remoteClient } from "../sdk/index.ts";
import { packageVersion } from "../system/index.ts";
import { type Command, type Input, UsageError } from "./command.ts";
import { COMMANDS, findCommand } from "./commands.ts";
import { EXIT_CODES, type ExitCode } from "./exit-codes.ts";
import { findServer } from "./find-server.ts";
import { COMMON_OPTIONS, commandHelp, generalHelp } from "./help.ts";
import { createTerminal } from "./terminal.ts";

/** @returns The exit code. Never throws. */
export async function main(words: readonly string[]): Promise<ExitCode> {
  const isJson = words.includes("--json");
  try {
    return await run(words, isJson);
  } catch (error) {
    return tell(error, isJson);
  }
}

async function run(words: readonly string[], isJson: boolean): Promise<ExitCode> {
  const [first] = words;
  if (first === "--version") return say(`${packageVersion()}\n`);
  if (first === undefined || first === "help" || first === "--help" || first === "-h") return say(generalHelp());
  const found = findCommand(words);
  if (found === undefined)
    throw new UsageError(`There is no command ${words.slice(0, 2).join(" ")}; perdure --help lists them.`);
  const command = await (COMMANDS[found.name] as (typeof COMMANDS)[string]).load();
  const { values, positionals } = parse(found.rest, command);
  if (values["help"] === true) return say(commandHelp(found.name, command));
  const { url } = values;
  const server = () => clientOf(typeof url === "string" ? url : undefined);
  const terminal = createTerminal({ isJson, out: process.stdout, err: process.stderr, variables: process.env });
  return command.run({
    positionals,
    values,
    terminal,
    tasks: createTasks(server, (id) => ({ id })),
    runs: createRuns(server),
    keys: createKeys(server),
    queues: createQueues(server),
    client: server,
  });
}

function parse(args: readonly string[], { options }: Command): Pick<Input, "values" | "positionals"> {
  try {
    return parseArgs({ args: [...args], options: { ...options, ...COMMON_OPTIONS }, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** @throws {PerdureError} `SERVER_NOT_CONFIGURED`, `SERVER_NOT_RUNNING`. */
function clientOf(url: string | undefined) {
  configure(findServer(url, process.cwd(), process.env));
  const client = remoteClient();
  if (client === undefined) throw perdureError("SERVER_NOT_CONFIGURED");
  return client;
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  "SERVER_NOT_CONFIGURED",
  "SERVER_NOT_RUNNING",
  "SERVER_UNREACHABLE",
  "SECRET_KEY_WRONG",
  "SECRET_KEY_ENDED",
]);

/** An error of ours has a code and a cure; of anything else the message is all that helps whoever typed a command. */
function tell(error: unknown, isJson: boolean): ExitCode {
  const { code, message } = describe(error);
  process.stderr.write(isJson ? `${JSON.stringify({ error: message, code })}\n` : `${code}: ${message}\n`);
  if (error instanceof UsageError) return EXIT_CODES.usage.code;
  return UNREACHABLE.has(code) ? EXIT_CODES.unreachable.code : EXIT_CODES.refused.code;
}

function describe(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof UsageError) return { code: "USAGE", message: error.message };
  if (isPerdureError(error)) return { code: error.code, message: error.message };
  return { code: "INTERNAL", message: error instanceof Error ? error.message : String(error) };
}

function say(text: string): ExitCode {
  process.stdout.write(text);
  return EXIT_CODES.ok.code;
}
