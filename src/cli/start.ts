import { resolve } from "node:path";
import { openAlerts } from "../alerts/index.ts";
import { defined } from "../core/defined.ts";
import { perdureError } from "../core/errors.ts";
import { SHORTEST_KEY } from "../server/index.ts";
import { createSystemEnv } from "../system/index.ts";
import { type Command, type Input, portOf, textOf, textsOf, UsageError, wholeOf } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { PERDURE_FOLDER } from "./folder.ts";
import { readProject } from "./project.ts";
import { whenReaderGone } from "./reader-gone.ts";
import { type ServeEvent, type ServeOptions, serve } from "./serve.ts";
import { announce, removeServerFile } from "./server-file.ts";
import { untilSignal } from "./signals.ts";
import { WORKER_OPTIONS, workerOptionsOf } from "./worker-options.ts";

export const PORT = 3400;

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
    "rate-limit": {
      type: "string",
      value: "<n>",
      means:
        "Requests a second that one secret key may send, three times as many at once; 0 for any number. Default: 500.",
    },
    "trust-proxy": {
      type: "boolean",
      means: "A proxy stands before it and sets X-Forwarded-For, which says where requests come from.",
    },
    ...WORKER_OPTIONS,
  },
  async run(input) {
    if (input.positionals.length > 0) throw new UsageError(`start takes options only, not ${input.positionals[0]}.`);
    // Runs are worth more than a log: without its reader it goes on until it is told to stop.
    whenReaderGone(() => undefined);
    const options = optionsOf(input);
    const project = await readProject({
      root: process.cwd(),
      env: options.env,
      environment: process.env,
      alsoGiven: [],
    });
    const alerts = await openAlerts(project.config.alerts ?? [], {
      env: options.env,
      variables: process.env,
      folder: project.root,
    });
    const serving = await serve(project, { ...options, alerts });
    const { url } = serving;
    const { version } = project.built;
    // Whoever reads that it is ready may stop it.
    const signaled = untilSignal();
    announce(project.root, { url, pid: process.pid, startedAt: new Date().toISOString() }, tell);
    tell({
      level: "info",
      message: "Perdure is ready.",
      url,
      version: version.id,
      tasks: version.tasks.map(({ id }) => id),
    });
    const signal = await signaled;
    tell({ level: "info", message: "Perdure is stopping.", signal });
    removeServerFile(project.root, process.pid);
    await serving.stop();
    tell({ level: "info", message: "Perdure has stopped." });
    return EXIT_CODES.ok.code;
  },
};

function optionsOf(input: Input): Omit<ServeOptions, "alerts"> {
  const secretKey = process.env["PERDURE_SECRET_KEY"] ?? "";
  if (secretKey.length < SHORTEST_KEY) {
    const problem = `PERDURE_SECRET_KEY must be set, to at least ${SHORTEST_KEY} characters`;
    throw perdureError("OPTION_INVALID", { what: "perdure start", problem });
  }
  return {
    env: createSystemEnv(),
    db: textOf(input, "db") ?? (process.env["PERDURE_DATABASE_URL"] || resolve(PERDURE_FOLDER, "perdure.db")),
    host: textOf(input, "host") ?? "127.0.0.1",
    ports: [portOf(input, 0) ?? PORT],
    hosts: textsOf(input, "allow-host") ?? [],
    secretKey,
    trustProxy: input.values["trust-proxy"] === true,
    ...defined({ rateLimit: wholeOf(input, "rate-limit", 0) }),
    ...workerOptionsOf(input),
    recordsMs: 0,
    fallback: { onDivergence: "hold", keepWarm: 100 },
    onEvent: tell,
  };
}

/** A server's log is for programs: one line of JSON for each event. */
function tell(event: ServeEvent): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
}
