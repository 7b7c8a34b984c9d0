import type { Env } from "../core/env.ts";
import type { LeaseKey } from "../core/run.ts";
import type { TaskDefaults, TaskManifest } from "../core/task-manifest.ts";
import { createEngine } from "../engine/index.ts";
import { openStore } from "../store/index.ts";
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
  readonly version?: string;
  /** The version that runs start under, where worker processes have versions. */
  readonly latestVersion?: string;
  readonly encryptionKey?: string;
  readonly durability?: "full" | "normal";
  readonly leaseMs?: number;
  readonly retentionMs?: number;
  /** The worker processes as they are now, where there are any. */
  readonly crew?: () => CrewReport | undefined;
  /** Where the node counts what it does. Absent: nowhere. */
  readonly metrics?: Metrics;
  readonly onProblem: (error: unknown) => void;
}

/** A running node: the calls that it answers, whatever the transport. */
export interface Node {
  readonly calls: Dispatch;
  readonly monitor: Monitor;
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
  try {
    const engine = createEngine({
      store,
      env,
      onProblem,
      ...(version === undefined ? {} : { taskVersion: version }),
      ...(metrics === undefined ? {} : { meter: metrics.engine }),
      ...rest,
    });
    const monitor = createMonitor({ env, engine, crew, metrics });
    await engine.start();
    return {
      calls: createDispatch(engine, monitor),
      monitor,
      onPoke: engine.onPoke,
      listOpenVersions: engine.listOpenVersions,
      reapLeases: engine.reapLeases,
      async stop() {
        await engine.stop();
        await store.close();
        metrics?.close();
      },
    };
  } catch (error) {
    metrics?.close();
    await store.close();
    throw error;
  }
}
