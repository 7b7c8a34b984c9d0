import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type BuiltVersion, buildVersion, loadConfig } from "../build/index.ts";
import { childEnvironment } from "../core/child-environment.ts";
import type { Env } from "../core/env.ts";
import { createMetrics, openHttp, startNode } from "../server/index.ts";
import { createSystemEnv } from "../system/index.ts";
import { type Crew, createCrew } from "./crew.ts";

export interface ServeOptions {
  /** The project's folder. */
  readonly root: string;
  readonly db: string;
  readonly host: string;
  readonly port: number;
  readonly hosts: readonly string[];
  readonly secretKey: string;
  /** Worker processes of the current version. */
  readonly workers: number;
  /** Runs that execute at once in each. */
  readonly concurrency: number;
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
  readonly version: BuiltVersion["version"];
  /** Takes nothing new, hands what is executing back without burning an attempt, and closes the database. */
  stop(): Promise<void>;
}

const ENVIRONMENT_ID = "default";
const VERSIONS = ".perdure/versions";

/**
 * A server in production: builds the version of the project's task files, opens the database, starts worker processes for that
 * version and for older ones that still have runs, and answers over HTTP.
 *
 * @throws {PerdureError} what `loadConfig`, `buildVersion`, `startNode` and `openHttp` throw; nothing is left open then.
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const env = createSystemEnv();
  const { built, variableNames, outDir } = await buildProject(options, env);
  const onProblem = (error: unknown) => options.onEvent(problemEvent(error));
  let crew: Crew | undefined;
  const closing: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const { db } = options;
    const environmentId = ENVIRONMENT_ID;
    const { tasks, id: latestVersion } = built.version;
    const metrics = createMetrics();
    const about = { metrics, crew: () => crew?.report() };
    const node = await startNode({ db, env, environmentId, tasks, latestVersion, defaults: {}, onProblem, ...about });
    closing.push(() => node.stop());
    crew = createCrew({
      ...options,
      node,
      env,
      environmentId,
      outDir,
      current: latestVersion,
      variableNames,
      onProblem,
      onWorkerEnded: metrics.onWorkerEnded,
    });
    closing.push(() => crew?.stop() ?? Promise.resolve());
    const { secretKey, hosts, host, port } = options;
    const { calls, monitor } = node;
    const app = { calls, monitor, env, environmentId, secretKey, hosts, onProblem };
    const listening = await openHttp(app, { host, port });
    closing.push(() => listening.close());
    // Whoever routes requests hears of it first, and is answered for as long as the worker processes hand their runs back.
    closing.push(async () => {
      monitor.noteStopping();
      await crew?.stop();
    });
    return { url: listening.url, version: built.version, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function buildProject({ root }: ServeOptions, env: Env) {
  // Before anything lies in it: the database and its key are for nobody else.
  await mkdir(join(root, ".perdure"), { recursive: true, mode: 0o700 });
  const config = await loadConfig(root);
  const variableNames = config.variables ?? [];
  const variables = childEnvironment(process.env, variableNames);
  const outDir = join(root, VERSIONS);
  return { built: await buildVersion({ root, config, outDir, env, variables }), variableNames, outDir };
}

function problemEvent(error: unknown): ServeEvent {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return { level: "error", message: String(message ?? error), ...(typeof code === "string" ? { code } : {}) };
}
