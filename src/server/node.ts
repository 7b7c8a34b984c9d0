import type { Env } from "../core/env.ts";
import type { LogLine } from "../core/log-line.ts";
import type { LeaseKey } from "../core/run.ts";
import type { TaskDefaults, TaskManifest } from "../core/task-manifest.ts";
import { createEngine } from "../engine/index.ts";
import { openStore, openTelemetry } from "../store/index.ts";
import { createDispatch, type Dispatch } from "./dispatch.ts";

export interface NodeOptions {
  /** `":memory:"`, the path of a SQLite file, or a `postgres://` URL. */
  readonly db: string;
  readonly env: Env;
  readonly environmentId: string;
  readonly tasks: readonly TaskManifest[];
  readonly defaults: TaskDefaults;
  readonly version?: string;
  /** The version that runs start under, where worker processes have versions. */
  readonly latestVersion?: string;
  readonly encryptionKey?: string;
  readonly durability?: "full" | "normal";
  readonly leaseMs?: number;
  readonly retentionMs?: number;
  /** What becomes of the lines that runs log; `false`: they are not stored. */
  readonly logs?: false | LogsKept;
  /** Told of each line that a run of this node's workers logs. */
  readonly onLog?: (line: LogLine) => void;
  readonly onProblem: (error: unknown) => void;
}

export interface LogsKept {
  /** Lines older than this are deleted. Absent: they stay as long as their run. */
  readonly maxAgeMs?: number;
  /** Beyond so many bytes the oldest are deleted. Default: 1 GiB. */
  readonly maxBytes?: number;
}

const LOGS_BYTES = 1024 * 1024 * 1024;

/** A running node: the calls that it answers, whatever the transport. */
export interface Node {
  readonly calls: Dispatch;
  /** Has `listener` called with each executing run whose worker should look. @returns Ends that. */
  onPoke(listener: (runId: string) => void): () => void;
  /** The versions that runs with work ahead belong to. */
  listOpenVersions(): Promise<readonly string[]>;
  /** A process is gone for certain: what it held goes on at once, and its end is counted against those that recorded nothing. */
  reapLeases(leases: readonly LeaseKey[]): Promise<void>;
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
  ...rest
}: NodeOptions): Promise<Node> {
  const store = await openStore({
    db,
    env,
    onProblem,
    ...(encryptionKey === undefined ? {} : { encryptionKey }),
    ...(durability === undefined ? {} : { durability }),
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
      ...rest,
    });
    await engine.start();
    return {
      calls: createDispatch(engine),
      onPoke: engine.onPoke,
      listOpenVersions: engine.listOpenVersions,
      reapLeases: engine.reapLeases,
      async stop() {
        await engine.stop();
        await telemetry?.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
