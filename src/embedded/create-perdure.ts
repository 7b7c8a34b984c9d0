import { openAlerts, startAlerts } from "../alerts/index.ts";
import { defined } from "../core/defined.ts";
import { effectPolicy, refuseUnrecordable } from "../core/effect-mode.ts";
import { perdureError } from "../core/errors.ts";
import { createId } from "../core/ids.ts";
import type { LogLine } from "../core/log-line.ts";
import { keptLogs } from "../core/logs-options.ts";
import { createRedact, type Redact } from "../core/redact.ts";
import { retentionMs } from "../core/retention.ts";
import { secretValues } from "../core/secret-names.ts";
import {
  type Auth,
  type Client,
  createAuth,
  createKeys,
  createQueues,
  createRuns,
  createTasks,
  host,
  type Keys,
  type Queues,
  type Runs,
  type Tasks,
} from "../sdk/index.ts";
import { createMetrics, type Listening, openHttp, startNode } from "../server/index.ts";
import { createSystemEnv, ownRuntime } from "../system/index.ts";
import { callsOutsideRuns, createRegistry, Worker } from "../worker/index.ts";
import {
  checkOptions,
  type HttpOptions,
  leaseMs,
  type PerdureOptions,
  refuseIsolated,
  type Surroundings,
} from "./options.ts";

const ENVIRONMENT_ID = "default";
const CONCURRENCY = 100;
const KEEP_WARM = 100;
const LOOPBACK = "127.0.0.1";
/** Nothing gets lost between a node and a worker in one process, so a request for runs need not be repeated. */
const LEASE_WAIT_MS = 24 * 60 * 60 * 1_000;

/** A running instance: node and worker in this process. */
export interface Perdure extends AsyncDisposable {
  /** Triggering by task or id. */
  readonly tasks: Tasks;
  readonly runs: Runs;
  /** Tokens for pages. Needs the option `http`, whose secret key signs them. */
  readonly auth: Auth;
  /** Secret keys for those who ask over HTTP. */
  readonly keys: Keys;
  readonly queues: Queues;
  /** Where other processes reach it, where the option `http` was given. */
  readonly url: string | undefined;
  /** Takes nothing new, hands its runs back without burning an attempt, writes what is under way and closes the database. */
  stop(): Promise<void>;
}

/**
 * Starts Perdure in this process: opens the database, goes on with what was under way, and runs what is due.
 *
 * @throws {PerdureError} `OPTION_INVALID`, `OPTION_UNSUPPORTED`, `DURATION_INVALID`, `TASK_DUPLICATE`, `EFFECTS_UNSUPPORTED`, `VARIABLE_MISSING`, `VARIABLE_INVALID`, `DATABASE_LOCKED`, `DATABASE_UNREADABLE`,
 * `DATABASE_CORRUPT`, `DATABASE_NEWER`, `DATABASE_ALTERED`, `ENCRYPTION_KEY_WRONG`, `SERVER_ADDRESS_TAKEN`; nothing is left open then.
 * @example
 * const perdure = await createPerdure({ db: ".perdure/perdure.db", tasks: [importRows] });
 * const { id } = await importRows.trigger({ file: "rows.csv" });
 */
export async function createPerdure(options: PerdureOptions): Promise<Perdure> {
  checkOptions(options);
  refuseIsolated(options.tasks);
  return startPerdure(options, { env: createSystemEnv() });
}

/** An instance whose workers can be seen and added to. */
export interface EmbeddedPerdure extends Perdure {
  /** The worker that was started last. */
  readonly worker: Worker;
  startWorker(): Worker;
}

/** What `createPerdure` does, in surroundings that the test kit chooses. */
export async function startPerdure(
  options: PerdureOptions,
  { env, effects: fallback = "steps-only", placeWorker }: Surroundings,
): Promise<EmbeddedPerdure> {
  checkOptions(options);
  const registry = createRegistry(options.tasks);
  const effects = effectPolicy(undefined, options.effects, fallback);
  refuseUnrecordable(ownRuntime(), registry.manifests, effects);
  const onProblem = options.onProblem ?? reportProblem;
  const retention = retentionMs(options.retention);
  const lease = leaseMs(options.lease);
  const metrics = options.http === undefined ? undefined : createMetrics();
  const alerts = await openAlerts(options.alerts ?? [], { env, variables: process.env, folder: process.cwd() });
  const redact = redactFor(options);
  const node = await startNode({
    db: options.db,
    env,
    environmentId: ENVIRONMENT_ID,
    tasks: registry.manifests,
    defaults: {
      onDivergence: options.onDivergence ?? "hold",
      ...(options.retry === undefined ? {} : { retry: options.retry }),
    },
    alerts: alerts.rules,
    logs: keptLogs(options.logs, "createPerdure"),
    redact,
    onLog: options.onLog ?? printLog,
    onProblem,
    ...(metrics === undefined ? {} : { metrics }),
    ...(options.version === undefined ? {} : { version: options.version }),
    ...(options.encryptionKey === undefined ? {} : { encryptionKey: options.encryptionKey }),
    ...(options.durability === undefined ? {} : { durability: options.durability }),
    ...(retention === undefined ? {} : { retentionMs: retention }),
    ...(lease === undefined ? {} : { leaseMs: lease }),
    ...(options.http === undefined ? {} : { secretKey: options.http.secretKey ?? secretKeyOf() }),
  });
  const client: Client = { calls: callsOutsideRuns(node.calls), newId: (kind) => createId(kind, env) };
  const workers: { worker: Worker; endPokes: () => void }[] = [];
  function startWorker(): Worker {
    const place = placeWorker?.(node.calls) ?? { env, calls: node.calls };
    const worker = new Worker({
      ...place,
      client,
      registry,
      environmentId: ENVIRONMENT_ID,
      concurrency: options.concurrency ?? CONCURRENCY,
      keepWarm: options.keepWarm ?? KEEP_WARM,
      effects,
      leaseWaitMs: LEASE_WAIT_MS,
      redact,
      onProblem,
    });
    workers.push({ worker, endPokes: node.onPoke((runId) => worker.poke(runId)) });
    worker.start();
    return worker;
  }
  let listening: Listening | undefined;
  try {
    listening = options.http === undefined ? undefined : await openToOthers(options.http);
  } catch (error) {
    await node.stop();
    throw error;
  }
  host().clients.add(client);
  startWorker();
  const telling = startAlerts({ alerts, node, env, environmentId: ENVIRONMENT_ID, onProblem });

  function openToOthers(http: HttpOptions) {
    const { port, host = LOOPBACK, hosts = [], rateLimit, trustProxy, secretKey = secretKeyOf() } = http;
    const limits = { hosts, ...defined({ rateLimit, trustProxy }) };
    const app = { ...node.edge, env, environmentId: ENVIRONMENT_ID, secretKey, onProblem, ...limits };
    return openHttp(app, { host, port });
  }

  let stopping: Promise<void> | undefined;
  async function stop(): Promise<void> {
    host().clients.delete(client);
    node.monitor.noteStopping();
    await listening?.close();
    await Promise.all(
      workers.map(async ({ worker, endPokes }) => {
        endPokes();
        await worker.stop();
      }),
    );
    await telling.stop();
    await node.stop();
  }
  const useClient = () => {
    if (stopping !== undefined) throw perdureError("STOPPED");
    return client;
  };
  return {
    tasks: createTasks(useClient, (id) => registry.find(id) ?? { id }),
    runs: createRuns(useClient),
    auth: createAuth(useClient),
    keys: createKeys(useClient),
    queues: createQueues(useClient),
    url: listening?.url,
    get worker() {
      return (workers.at(-1) as (typeof workers)[number]).worker;
    },
    startWorker,
    stop: () => (stopping ??= stop()),
    [Symbol.asyncDispose]: () => (stopping ??= stop()),
  };
}

/** What this process knows for secret: of its environment, and of what it was given. */
function redactFor({ db, encryptionKey, http }: PerdureOptions): Redact {
  return createRedact(
    secretValues({ ...process.env, url: db, encryption_key: encryptionKey, secret_key: http?.secretKey }),
  );
}

/** Checked to be there with the other options. */
function secretKeyOf(): string {
  return process.env["PERDURE_SECRET_KEY"] ?? "";
}

function printLog({ at, level, message, properties, runId, task }: LogLine): void {
  const rest = properties === undefined ? "" : ` ${JSON.stringify(properties)}`;
  process.stderr.write(`${new Date(at).toISOString()} ${level} ${task} ${runId}: ${message}${rest}\n`);
}

function reportProblem(error: unknown): void {
  process.stderr.write(`perdure: ${error instanceof Error ? error.message : String(error)}\n`);
}
