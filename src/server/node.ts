import type { AlertRule } from "../core/alerts.ts";
import type { Env } from "../core/env.ts";
import type { LogLine } from "../core/log-line.ts";
import type { LostProcess } from "../core/lost-process.ts";
import type { Redact } from "../core/redact.ts";
import type { TaskDefaults, TaskManifest } from "../core/task-manifest.ts";
import { createEngine, type Engine, type RunNews, type Version } from "../engine/index.ts";
import type { ClientCalls } from "../protocol/index.ts";
import { openStore, openTelemetry } from "../store/index.ts";
import { authenticate } from "./authenticate.ts";
import type { Caller } from "./caller.ts";
import { callsFor } from "./calls-for.ts";
import type { CrewReport } from "./crew-report.ts";
import { createDispatch, type Dispatch } from "./dispatch.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { createMonitor, type Monitor } from "./monitor.ts";

export interface NodeOptions {
  /** `":memory:"`, the path of a SQLite file, or a `postgres://` URL. */
  readonly db: string;
  readonly env: Env;
  readonly environmentId: string;
  readonly tasks: readonly TaskManifest[];
  readonly defaults: TaskDefaults;
  readonly alerts?: readonly AlertRule[];
  readonly version?: string;
  /** The version that runs start under, where worker processes have versions. */
  readonly latestVersion?: string;
  readonly encryptionKey?: string;
  readonly durability?: "full" | "normal";
  readonly leaseMs?: number;
  /** What callers show that may do everything; it needs no database. */
  readonly secretKey?: string;
  readonly retentionMs?: number;
  /** How long a final run keeps what it has recorded automatically. Default: 0. */
  readonly recordsMs?: number;
  /** The worker processes as they are now, where there are any. */
  readonly crew?: () => CrewReport | undefined;
  /** Where the node counts what it does. Absent: nowhere. */
  readonly metrics?: Metrics;
  /** What becomes of the lines that runs log; `false`: they are not stored. */
  readonly logs?: false | LogsKept;
  /** Takes secrets out of what is shown of a run's insides. Default: those that have the form or the name of one. */
  readonly redact?: Redact;
  /** Told of each line that a run of this node's workers logs. */
  readonly onLog?: (line: LogLine) => void;
  readonly onProblem: (error: unknown) => void;
}

export interface Packets {
  /** To sign addresses with, the same on every node of an installation. */
  readonly signingKey: Uint8Array;
  /** A name for a value to come. */
  create(): string;
  /** Takes the encoded value while it comes in. */
  put(packet: string, parts: AsyncIterable<string>): Promise<void>;
  read(packet: string): Promise<string>;
}

export interface LogsKept {
  /** Lines older than this are deleted. Absent: they stay as long as their run. */
  readonly maxAgeMs?: number;
  /** Beyond so many bytes the oldest are deleted. Default: 1 GiB. */
  readonly maxBytes?: number;
}

const LOGS_BYTES = 1024 * 1024 * 1024;

/** What the HTTP edge needs of a node. */
export interface Edge {
  /** Ours, for what is answered to anybody. */
  readonly calls: ClientCalls;
  /** The calls as this caller may make them. */
  readonly callsFor: (caller: Caller) => ClientCalls;
  /** @throws {PerdureError} See `authenticate.ts`. */
  readonly authenticate: (credential: string, requestName: string | undefined) => Promise<Caller>;
  readonly packets: Packets;
  readonly monitor: Pick<Monitor, "problems" | "metricsText" | "onRequest">;
}

/** A running node: the calls that it answers, whatever the transport. */
export interface Node {
  readonly calls: Dispatch;
  readonly monitor: Monitor;
  readonly edge: Edge;
  /** Has `listener` called with each executing run whose worker should look. @returns Ends that. */
  onPoke(listener: (runId: string) => void): () => void;
  /** Has `listener` called with what becomes of runs. @returns Ends that. */
  onRunNews(listener: (news: RunNews) => void): () => void;
  /**
   * From here on runs start under this version, with these defaults or those from before; what has started goes on under its own.
   *
   * @throws {PerdureError} `TASK_DUPLICATE`, or `OPTION_INVALID` for queues and retry policies that contradict themselves; nothing is changed then.
   */
  useVersion(version: Version, defaults?: TaskDefaults): Promise<void>;
  /** Runs go on under this version too, and start the children that they wait for as it knows them. */
  knowVersion(version: Version): void;
  /** Runs of a task that failed within a span: how many, and the newest of them. */
  listFailures: Engine["listFailures"];
  /** The versions that runs with work ahead belong to. */
  listOpenVersions(): Promise<readonly string[]>;
  /** Runs that shared worker processes of this code could begin at once, up to a thousand. */
  countReady(code: { readonly tasks: readonly string[]; readonly version?: string }): Promise<number>;
  /** A worker process is gone for certain: what it held goes on at once, each run as far as it is to blame. */
  loseProcess(lost: LostProcess): Promise<void>;
  stop(): Promise<void>;
}

/** Opens the store, starts the engine over it, and answers calls: the one composition root. */
export async function startNode({
  db,
  env,
  encryptionKey,
  durability,
  onProblem,
  version,
  logs = {},
  crew,
  metrics,
  ...rest
}: NodeOptions): Promise<Node> {
  const store = await openStore({
    db,
    env,
    onProblem,
    ...(encryptionKey === undefined ? {} : { encryptionKey }),
    ...(durability === undefined ? {} : { durability }),
    ...(metrics === undefined ? {} : { onBatch: metrics.onBatch }),
  });
  const telemetry =
    logs === false
      ? undefined
      : openTelemetry({
          db,
          env,
          environmentId: rest.environmentId,
          maxBytes: LOGS_BYTES,
          ...logs,
          ...(encryptionKey === undefined ? {} : { encryptionKey }),
          onProblem,
        });
  try {
    const engine = createEngine({
      store,
      env,
      ...(telemetry === undefined ? {} : { telemetry }),
      onProblem,
      ...(version === undefined ? {} : { taskVersion: version }),
      ...(metrics === undefined ? {} : { meter: metrics.engine }),
      ...rest,
    });
    const monitor = createMonitor({ env, engine, crew, metrics });
    await engine.start();
    const calls = createDispatch(engine, monitor);
    return {
      calls,
      monitor,
      edge: {
        calls,
        callsFor: (caller) => callsFor(calls, engine, caller),
        authenticate: (credential, requestName) => authenticate(engine, credential, requestName),
        packets: engine.packets,
        monitor,
      },
      onPoke: engine.onPoke,
      onRunNews: engine.onRunNews,
      useVersion: engine.useVersion,
      knowVersion: engine.knowVersion,
      listFailures: engine.listFailures,
      listOpenVersions: engine.listOpenVersions,
      countReady: engine.countReady,
      loseProcess: engine.loseProcess,
      async stop() {
        await engine.stop();
        await telemetry?.close();
        await store.close();
        metrics?.close();
      },
    };
  } catch (error) {
    metrics?.close();
    await telemetry?.close();
    await store.close();
    throw error;
  }
}
