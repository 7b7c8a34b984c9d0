import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { parseDuration } from "../core/duration.ts";
import { perdureError } from "../core/errors.ts";
import type { PoolBounds } from "../core/pool-size.ts";
import { SHORTEST_KEY } from "../server/index.ts";
import { type Command, type Input, textOf, textsOf, UsageError, wholeOf } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { type ServeEvent, serve } from "./serve.ts";

const PORT = 3400;

/** `perdure start`. */
export const startCommand: Command = {
  options: {
    db: {
      type: "string",
      value: "<db>",
      means: "SQLite file or postgres:// URL. Default: PERDURE_DATABASE_URL, or .perdure/perdure.db.",
    },
    port: { type: "string", value: "<n>", means: `Where to listen; 0 for any that is free. Default: ${PORT}.` },
    host: { type: "string", value: "<address>", means: "On which address. Default: 127.0.0.1." },
    "allow-host": {
      type: "string",
      multiple: true,
      value: "<name>",
      means: "A name under which others reach it; * for any.",
    },
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
  },
  async run(input) {
    if (input.positionals.length > 0) throw new UsageError(`start takes options only, not ${input.positionals[0]}.`);
    const serving = await serve(optionsOf(input));
    const { url, version } = serving;
    tell({
      level: "info",
      message: "Perdure is ready.",
      url,
      version: version.id,
      tasks: version.tasks.map(({ id }) => id),
    });
    const signal = await untilSignal();
    tell({ level: "info", message: "Perdure is stopping.", signal });
    await serving.stop();
    tell({ level: "info", message: "Perdure has stopped." });
    return EXIT_CODES.ok.code;
  },
};

function optionsOf(input: Input) {
  const root = process.cwd();
  const secretKey = process.env["PERDURE_SECRET_KEY"] ?? "";
  if (secretKey.length < SHORTEST_KEY) {
    const problem = `PERDURE_SECRET_KEY must be set, to at least ${SHORTEST_KEY} characters`;
    throw perdureError("OPTION_INVALID", { what: "perdure start", problem });
  }
  return {
    root,
    db: textOf(input, "db") ?? (process.env["PERDURE_DATABASE_URL"] || resolve(root, ".perdure/perdure.db")),
    host: textOf(input, "host") ?? "127.0.0.1",
    port: wholeOf(input, "port", 0) ?? PORT,
    hosts: textsOf(input, "allow-host") ?? [],
    secretKey,
    workers: workersOf(input),
    isolated: wholeOf(input, "isolated", 1) ?? Math.max(2, availableParallelism()),
    hangTimeoutMs: parseDuration(textOf(input, "hang-timeout") ?? "5m", "--hang-timeout"),
    concurrency: wholeOf(input, "concurrency", 1) ?? 100,
    onEvent: tell,
  };
}

/** A number, or two with `..` between them. */
function workersOf(input: Input): PoolBounds {
  const text = textOf(input, "workers");
  if (text === undefined) return { min: 1, max: availableParallelism() };
  const [, least = "", most = least] = /^(\d{1,4})(?:\.\.(\d{1,4}))?$/.exec(text) ?? [];
  const bounds = { min: Number(least), max: Number(most) };
  if (bounds.min >= 1 && bounds.max >= bounds.min) return bounds;
  throw new UsageError("--workers takes a whole number from 1, or two such as 1..4");
}

/** A server's log is for programs: one line of JSON for each event. */
function tell(event: ServeEvent): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
}

/** The first one stops it gently, the second at once. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      process.once(name, (signal) => {
        process.once(name, () => process.exit(EXIT_CODES.refused.code));
        done(signal);
      });
    }
  });
}
