import type { Env } from "../core/env.ts";
import type { LostProcess } from "../core/lost-process.ts";
import type { TaskDefaults, TaskManifest } from "../core/task-manifest.ts";
import { createEngine } from "../engine/index.ts";
import { openStore } from "../store/index.ts";
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
  readonly onProblem: (error: unknown) => void;
}

/** A running node: the calls that it answers, whatever the transport. */
export interface Node {
  readonly calls: Dispatch;
  /** Has `listener` called with each executing run whose worker should look. @returns Ends that. */
  onPoke(listener: (runId: string) => void): () => void;
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
  ...rest
}: NodeOptions): Promise<Node> {
  const store = await openStore({
    db,
    env,
    onProblem,
    ...(encryptionKey === undefined ? {} : { encryptionKey }),
    ...(durability === undefined ? {} : { durability }),
  });
  try {
    const engine = createEngine({
      store,
      env,
      onProblem,
      ...(version === undefined ? {} : { taskVersion: version }),
      ...rest,
    });
    await engine.start();
    return {
      calls: createDispatch(engine),
      onPoke: engine.onPoke,
      listOpenVersions: engine.listOpenVersions,
      countReady: engine.countReady,
      loseProcess: engine.loseProcess,
      async stop() {
        await engine.stop();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
