import { type Alerts, startAlerts } from "../alerts/index.ts";
import { defined } from "../core/defined.ts";
import type { Env } from "../core/env.ts";
import { isPerdureError } from "../core/errors.ts";
import { keptLogs } from "../core/logs-options.ts";
import type { PoolBounds } from "../core/pool-size.ts";
import { createRedact } from "../core/redact.ts";
import { retentionMs } from "../core/retention.ts";
import type { OnDivergence } from "../core/run.ts";
import { secretValues } from "../core/secret-names.ts";
import type { TaskDefaults } from "../core/task-manifest.ts";
import { createMetrics, type Listening, openHttp, startNode } from "../server/index.ts";
import { type Crew, createCrew, type Duty } from "./crew.ts";
import { type Project, versionsFolder } from "./project.ts";

export interface ServeOptions {
  readonly env: Env;
  readonly db: string;
  readonly host: string;
  /** Where to listen: on the first of them that is free. */
  readonly ports: readonly number[];
  readonly hosts: readonly string[];
  /** Whom to tell of failures. */
  readonly alerts: Alerts;
  readonly secretKey: string;
  /** Requests a second that one secret key may send for long; 0 for any number. Default: 500. */
  readonly rateLimit?: number;
  /** Whether a proxy of ours says where requests come from. */
  readonly trustProxy: boolean;
  /** Worker processes of the current version, which follow the load within these bounds. */
  readonly workers: PoolBounds;
  /** Processes that execute one run each: of isolated tasks, and in quarantine. */
  readonly isolated: number;
  /** How long code may keep the event loop of its process from everything else. */
  readonly hangTimeoutMs: number;
  /** Runs that execute at once in each shared one. */
  readonly concurrency: number;
  /** How long a final run keeps what it has recorded automatically. */
  readonly recordsMs: number;
  /** What applies where the project's configuration says nothing. */
  readonly fallback: { readonly onDivergence: OnDivergence; readonly keepWarm: number };
  /** What happens, as it happens. */
  readonly onEvent: (event: ServeEvent) => void;
}

/** Something for the log of a server. */
export interface ServeEvent {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly [detail: string]: unknown;
}

export interface Serving {
  readonly url: string;
  readonly node: Awaited<ReturnType<typeof startNode>>;
  /**
   * From here on runs start as this state of the project says, what has started goes on under its own version. Resolves once
   * worker processes take runs of it; when none comes to that, or `signal` aborts before, all stays as it was.
   *
   * @throws {PerdureError} `WORKER_START_FAILED`, or what `Node.useVersion` throws.
   */
  use(project: Project, signal: AbortSignal): Promise<void>;
  /** Takes nothing new, hands what is executing back without burning an attempt, and closes the database. */
  stop(): Promise<void>;
}

const ENVIRONMENT_ID = "default";

/**
 * A server: opens the database, starts worker processes for the project's version and for older ones that still have runs, and
 * answers over HTTP.
 *
 * @throws {PerdureError} what `startNode` and `openHttp` throw; nothing is left open then.
 */
export async function serve(project: Project, options: ServeOptions): Promise<Serving> {
  const { db, env, fallback, alerts, secretKey } = options;
  const environmentId = ENVIRONMENT_ID;
  const onProblem = (error: unknown) => options.onEvent(problemEvent(error));
  let crew: Crew | undefined;
  const closing: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const { tasks, id: latestVersion } = project.built.version;
    const defaults = defaultsOf(project, fallback);
    const metrics = createMetrics();
    const node = await startNode({
      db,
      env,
      environmentId,
      tasks,
      latestVersion,
      defaults,
      alerts: alerts.rules,
      secretKey,
      recordsMs: options.recordsMs,
      ...defined({ retentionMs: retentionMs(project.config.retention) }),
      logs: keptLogs(project.config.logs, "perdure.config.ts"),
      onLog: ({ level, ...line }) => options.onEvent({ level: level === "log" ? "info" : level, ...line }),
      redact: createRedact(secretValues({ ...process.env, ...project.variables.environment })),
      metrics,
      crew: () => crew?.report(),
      onProblem,
    });
    closing.push(() => node.stop());
    const telling = startAlerts({ alerts, node, env, environmentId, onProblem });
    closing.push(() => telling.stop());
    const outDir = versionsFolder(project.root);
    const { onWorkerEnded } = metrics;
    const working = createCrew(
      { ...options, node, environmentId, outDir, onWorkerEnded, onProblem },
      dutyOf(project, fallback),
    );
    crew = working;
    closing.push(() => working.stop());
    const { hosts, trustProxy, rateLimit } = options;
    const limits = { hosts, trustProxy, ...defined({ rateLimit }) };
    const app = { ...node.edge, env, environmentId, secretKey, onProblem, ...limits };
    const listening = await listenOnFree((port) => openHttp(app, { host: options.host, port }), options.ports);
    closing.push(() => listening.close());
    // Whoever routes requests hears of it first, and is answered for as long as the worker processes hand their runs back.
    closing.push(async () => {
      node.monitor.noteStopping();
      await working.stop();
    });
    const warn = ({ built }: Project) => {
      for (const message of built.warnings) options.onEvent({ level: "warn", message });
    };
    warn(project);
    const use = async (next: Project, signal: AbortSignal) => {
      warn(next);
      const take = () => node.useVersion(next.built.version, defaultsOf(next, fallback));
      await working.relieve(dutyOf(next, fallback), take, signal);
    };
    return { url: listening.url, node, use, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listenOnFree(
  open: (port: number) => Promise<Listening>,
  [port = 0, ...more]: readonly number[],
): Promise<Listening> {
  try {
    return await open(port);
  } catch (error) {
    if (more.length > 0 && isPerdureError(error, "SERVER_ADDRESS_TAKEN")) return await listenOnFree(open, more);
    throw error;
  }
}

function dutyOf({ built, config, variables, effects }: Project, { keepWarm }: ServeOptions["fallback"]): Duty {
  return {
    version: built.version,
    variables,
    keepWarm: config.keepWarm ?? keepWarm,
    runtime: config.runtime ?? "node",
    effects,
  };
}

function defaultsOf({ config }: Project, fallback: ServeOptions["fallback"]): TaskDefaults {
  const { retry, maxDuration, onDivergence = fallback.onDivergence } = config;
  return {
    onDivergence,
    ...(retry === undefined ? {} : { retry }),
    ...(maxDuration === undefined ? {} : { maxDurationSeconds: maxDuration }),
  };
}

/** What a task does wrong is no fault of the server. */
const WARNINGS: ReadonlySet<string> = new Set(["VARIABLE_NOT_NAMED"]);

function problemEvent(error: unknown): ServeEvent {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const text = String(message ?? error);
  if (typeof code !== "string") return { level: "error", message: text };
  return { level: WARNINGS.has(code) ? "warn" : "error", message: text, code };
}
