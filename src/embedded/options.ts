import { type AlertOptions, checkAlerts } from "../core/alert-options.ts";
import { parseDuration } from "../core/duration.ts";
import { checkEffects, type EffectMode, type EffectOptions } from "../core/effect-mode.ts";
import type { Env } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import { isName, nameRule } from "../core/limits.ts";
import type { LogLine } from "../core/log-line.ts";
import { keptLogs, type LogsOptions } from "../core/logs-options.ts";
import { type RetryOptions, retryPolicy } from "../core/retry.ts";
import { ON_DIVERGENCE, type OnDivergence } from "../core/run.ts";
import type { AnyTask, Duration } from "../sdk/index.ts";
import { SHORTEST_KEY } from "../server/index.ts";
import { createRegistry, type WorkerCalls } from "../worker/index.ts";

export interface PerdureOptions {
  /** Path of the SQLite file (made when it is missing), `":memory:"`, or a `postgres://` URL. */
  db: string;
  /** Every task that this process can run or trigger. */
  tasks: readonly AnyTask[];
  /** Runs that execute at once in this process. Default: 100. */
  concurrency?: number;
  /** Waiting runs that stay in memory, so that they continue without a replay. Default: 100; 0 for none. */
  keepWarm?: number;
  /** Name of the code's version; runs remember which one started them. */
  version?: string;
  /** Retry policy of tasks that have none, and base of those that name parts. */
  retry?: RetryOptions;
  /** What happens to a run whose code no longer fits its journal. Default: `hold`. */
  onDivergence?: OnDivergence;
  /** How effects of code outside of steps are treated where a task says nothing, part by part. Default: `steps-only`. */
  effects?: EffectOptions;
  /** 32 bytes as base64 or hex. Default: `PERDURE_ENCRYPTION_KEY`, or the key file beside the SQLite file. */
  encryptionKey?: string;
  /** `normal` gives up the last commits at a power failure for speed. Default: `full`. */
  durability?: "full" | "normal";
  /**
   * How long a run stays with a process that is no longer heard of, before another one takes it over: 1 s to 1 h. On Postgres,
   * where several processes may share the runs, it is also what a run loses when its process is killed. Default: 30 s.
   */
  lease?: Duration;
  /** How long final runs are kept. Default: 30 days; `"never"` deletes none. */
  retention?: Duration | "never";
  /** Whom to tell of runs that failed for good or are held, by webhook, command or mail. Default: nobody. */
  alerts?: readonly AlertOptions[];
  /** Answers other processes over HTTP. Default: nobody but this process can ask. */
  http?: HttpOptions;
  /** How lines that runs log are kept; `false` stores none. Default: as long as their run, 1 GB in all. */
  logs?: false | LogsOptions;
  /** Takes the lines of `logger` as they come, beside their being stored. Default: standard error. */
  onLog?: (line: LogLine) => void;
  /** Where problems go that no call is waiting for. Default: standard error. */
  onProblem?: (error: unknown) => void;
}

export interface HttpOptions {
  /** 0 for any that is free: `perdure.url` says which. */
  port: number;
  /** Address to listen on. Default: `127.0.0.1`, which only this machine reaches. */
  host?: string;
  /** Names under which others reach it (a domain, a name in the network), or `*` for any. Default: none but the loopback names. */
  hosts?: readonly string[];
  /** What callers must show; at least 16 characters. Default: `PERDURE_SECRET_KEY`. */
  secretKey?: string;
  /**
   * Requests a second that one secret key may send for long, three times as many at once; a public token a tenth of them.
   * Default: 500; `false` or 0 for any number.
   */
  rateLimit?: number | false;
  /**
   * A proxy stands before it and sets `X-Forwarded-For`, which says where requests come from. Needed behind a proxy, since too many
   * wrong keys from one address are refused for a while. Default: false.
   */
  trustProxy?: boolean;
}

/** What the test kit decides for itself. */
export interface Surroundings {
  readonly env: Env;
  /** How effects outside of steps are treated where nobody says it. Default: `steps-only`. */
  readonly effects?: EffectMode;
  /** Where each worker stands: its clock, and its way to the node. Default: here, by function calls. */
  readonly placeWorker?: (calls: WorkerCalls) => { readonly env: Env; readonly calls: WorkerCalls };
}

const KNOWN: ReadonlySet<string> = new Set<keyof PerdureOptions>([
  "db",
  "tasks",
  "concurrency",
  "keepWarm",
  "version",
  "retry",
  "onDivergence",
  "effects",
  "encryptionKey",
  "durability",
  "lease",
  "retention",
  "alerts",
  "http",
  "logs",
  "onLog",
  "onProblem",
]);

/** A shorter one would be lost whenever the event loop is busy, a longer one keeps runs from going on. */
const LEASE_MS = { shortest: 1_000, longest: 60 * 60_000 };

/** @throws {PerdureError} `OPTION_UNSUPPORTED` or `OPTION_INVALID`, before anything is opened. */
export function checkOptions(options: PerdureOptions): void {
  if (typeof options !== "object" || options === null) refuse("it needs an object with db and tasks");
  for (const [option, given] of Object.entries(options)) {
    if (given !== undefined && !KNOWN.has(option))
      throw perdureError("OPTION_UNSUPPORTED", { what: "createPerdure", option });
  }
  const { db, tasks, concurrency = 1, keepWarm = 0, onDivergence, durability } = options;
  const { version, retry, encryptionKey, onLog, onProblem } = options;
  if (typeof db !== "string") refuse('db must be a path, ":memory:" or a postgres:// URL');
  if (!Array.isArray(tasks)) refuse("tasks must be a list of tasks");
  if (!Number.isInteger(concurrency) || concurrency < 1) refuse("concurrency must be a whole number from 1");
  if (!Number.isInteger(keepWarm) || keepWarm < 0) refuse("keepWarm must be a whole number from 0");
  if (onDivergence !== undefined && !ON_DIVERGENCE.includes(onDivergence))
    refuse(`onDivergence must be one of ${ON_DIVERGENCE.join(", ")}`);
  checkEffects(options.effects, "createPerdure");
  if (durability !== undefined && !["full", "normal"].includes(durability)) refuse("durability must be full or normal");
  if (version !== undefined && !isName(version)) refuse(`version ${nameRule()}`);
  if (retry !== undefined && (typeof retry !== "object" || retry === null)) refuse("retry must be a retry policy");
  retryPolicy(retry);
  if (options.alerts !== undefined) checkAlerts(options.alerts, "createPerdure");
  if (options.http !== undefined) checkHttp(options.http);
  keptLogs(options.logs, "createPerdure");
  // An empty one would silently be replaced by a key that was made up.
  if (encryptionKey !== undefined && !isFilled(encryptionKey))
    refuse("encryptionKey must be 32 bytes as base64 or hex; leave it out for PERDURE_ENCRYPTION_KEY or the key file");
  for (const [option, given] of Object.entries({ onLog, onProblem }))
    if (given !== undefined && typeof given !== "function") refuse(`${option} must be a function`);
}

const KNOWN_HTTP: ReadonlySet<string> = new Set<keyof HttpOptions>([
  "port",
  "host",
  "hosts",
  "secretKey",
  "rateLimit",
  "trustProxy",
]);
const LAST_PORT = 65_535;

function checkHttp(http: HttpOptions): void {
  if (typeof http !== "object" || http === null) refuse("http must be an object with a port");
  for (const [option, given] of Object.entries(http)) {
    if (given !== undefined && !KNOWN_HTTP.has(option))
      throw perdureError("OPTION_UNSUPPORTED", { what: "createPerdure", option: `http.${option}` });
  }
  const { port, host, hosts, secretKey, rateLimit, trustProxy } = http;
  if (!Number.isInteger(port) || port < 0 || port > LAST_PORT)
    refuse(`http.port must be a whole number from 0 to ${LAST_PORT}`);
  if (host !== undefined && !isFilled(host)) refuse("http.host must be the address to listen on");
  if (hosts !== undefined && !(Array.isArray(hosts) && hosts.every(isFilled)))
    refuse("http.hosts must be a list of names");
  if (rateLimit !== undefined && rateLimit !== false && !(Number.isFinite(rateLimit) && rateLimit >= 0))
    refuse("http.rateLimit must be a number of requests a second, or false");
  if (trustProxy !== undefined && typeof trustProxy !== "boolean") refuse("http.trustProxy must be true or false");
  if ((secretKey ?? process.env["PERDURE_SECRET_KEY"] ?? "").length < SHORTEST_KEY)
    refuse(`http.secretKey, or PERDURE_SECRET_KEY, must be at least ${SHORTEST_KEY} characters`);
}

/** There is one process here, and it is the user's. @throws {PerdureError} `OPTION_UNSUPPORTED` */
export function refuseIsolated(tasks: readonly AnyTask[]): void {
  for (const { id, memoryMb, retry } of createRegistry(tasks).manifests) {
    const option = memoryMb !== undefined ? "machine, isolation or memoryLimit" : "retry.outOfMemory";
    if (memoryMb !== undefined || retry?.outOfMemory !== undefined)
      throw perdureError("OPTION_UNSUPPORTED", { what: `task ${id} in createPerdure`, option });
  }
}

/** How long a worker owns a run without being heard, in milliseconds; absent where nobody chose. */
export function leaseMs(lease: Duration | undefined): number | undefined {
  if (lease === undefined) return undefined;
  const ms = parseDuration(lease, "lease");
  if (ms < LEASE_MS.shortest || ms > LEASE_MS.longest) refuse("lease must be from 1 second to 1 hour");
  return ms;
}

function isFilled(given: unknown): given is string {
  return typeof given === "string" && given.trim() !== "";
}

function refuse(problem: string): never {
  throw perdureError("OPTION_INVALID", { what: "createPerdure", problem });
}
