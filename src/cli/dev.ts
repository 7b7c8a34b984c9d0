import { resolve } from "node:path";
import { NO_ALERTS } from "../alerts/index.ts";
import { perdureError } from "../core/errors.ts";
import { SHORTEST_KEY } from "../server/index.ts";
import { createSystemEnv } from "../system/index.ts";
import { type Command, type Input, portOf, textOf, UsageError } from "./command.ts";
import { createDevView, type DevView } from "./dev-view.ts";
import { develop } from "./develop.ts";
import { DOT_ENV, readDotEnv } from "./dot-env.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { PERDURE_FOLDER } from "./folder.ts";
import { whenReaderGone } from "./reader-gone.ts";
import type { ServeOptions } from "./serve.ts";
import { untilSignal } from "./signals.ts";
import { PORT } from "./start.ts";
import { WORKER_OPTIONS, workerOptionsOf } from "./worker-options.ts";

/** Where to listen when the usual port is taken and none was asked for. */
const PORTS = Array.from({ length: 20 }, (_, i) => PORT + i);
const KEY_BYTES = 24;
const KEPT_WARM = 100;
/** Long enough to look at what a run of this morning did. */
const RECORDS_MS = 24 * 60 * 60_000;

/** `perdure dev`. */
export const devCommand: Command = {
  options: {
    db: {
      type: "string",
      value: "<db>",
      means: "SQLite file or postgres:// URL. Default: .perdure/perdure.db, whatever PERDURE_DATABASE_URL says.",
    },
    port: {
      type: "string",
      value: "<n>",
      means: `Where to listen on 127.0.0.1; 0 for any that is free. Default: ${PORT}, or the next one that is free.`,
    },
    "keep-warm": {
      type: "boolean",
      means: "Keep waiting runs in memory, as in production. Default: they go on by replay, as after a crash.",
    },
    ...WORKER_OPTIONS,
  },
  async run(input) {
    if (input.positionals.length > 0) throw new UsageError(`dev takes options only, not ${input.positionals[0]}.`);
    const root = process.cwd();
    const ending = new AbortController();
    void untilSignal().then(() => ending.abort());
    whenReaderGone(() => ending.abort());
    const view = createDevView({ root, terminal: input.terminal, now: () => new Date() });
    await develop({ root, server: optionsOf(root, input, view), view, asked: ending.signal });
    return EXIT_CODES.ok.code;
  },
};

function optionsOf(root: string, input: Input, view: DevView): ServeOptions {
  const env = createSystemEnv();
  const port = portOf(input, 0);
  return {
    env,
    db: textOf(input, "db") ?? resolve(root, PERDURE_FOLDER, "perdure.db"),
    host: "127.0.0.1",
    ports: port === undefined ? PORTS : [port],
    hosts: [],
    trustProxy: false,
    // Nobody else asks, and whoever works on it may try how much it bears.
    rateLimit: 0,
    // What fails on a laptop is nobody else's business.
    alerts: NO_ALERTS,
    secretKey: keyOf(root) ?? `sk_dev_${Buffer.from(env.randomBytes(KEY_BYTES)).toString("base64url")}`,
    ...workerOptionsOf(input),
    recordsMs: RECORDS_MS,
    fallback: { onDivergence: "fail", keepWarm: input.values["keep-warm"] === true ? KEPT_WARM : 0 },
    onEvent: view.event,
  };
}

/**
 * An application beside it reads the same file, and so has the same key at every start. That of our own environment may be production's.
 *
 * @throws {PerdureError} `OPTION_INVALID` for one that is too short.
 */
function keyOf(root: string): string | undefined {
  const key = readDotEnv(root).variables["PERDURE_SECRET_KEY"] || undefined;
  if (key === undefined || key.length >= SHORTEST_KEY) return key;
  const problem = `PERDURE_SECRET_KEY must be at least ${SHORTEST_KEY} characters; without it, one is made up`;
  throw perdureError("OPTION_INVALID", { what: DOT_ENV, problem });
}
