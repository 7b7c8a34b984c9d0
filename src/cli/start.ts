import { resolve } from "node:path";
import { perdureError } from "../core/errors.ts";
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
    workers: { type: "string", value: "<n>", means: "Worker processes. Default: 1." },
    concurrency: { type: "string", value: "<n>", means: "Runs that execute at once in each. Default: 100." },
  },
  async run(input) {
    if (input.positionals.length > 0) throw new UsageError(`start takes options only, not ${input.positionals[0]}.`);
    const serving = await serve(optionsOf(input));
    const { url, version } = serving;
    // Whoever reads that it is ready may stop it.
    const signaled = untilSignal();
    tell({
      level: "info",
      message: "Perdure is ready.",
      url,
      version: version.id,
      tasks: version.tasks.map(({ id }) => id),
    });
    const signal = await signaled;
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
    workers: wholeOf(input, "workers", 1) ?? 1,
    concurrency: wholeOf(input, "concurrency", 1) ?? 100,
    onEvent: tell,
  };
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
