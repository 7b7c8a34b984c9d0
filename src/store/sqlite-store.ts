import { statSync } from "node:fs";
import type { Env } from "../core/env.ts";
import type { Driver, Verbs } from "./assemble-store.ts";
import { createCheckpointer } from "./checkpointer.ts";
import type { DatabaseLock } from "./lock-file.ts";
import type { Seal } from "./seal.ts";
import type { ConnectionKeeper, Durability } from "./sqlite-connection.ts";
import { createSqliteReader } from "./sqlite-executor.ts";
import { createHostClock } from "./store-clock.ts";
import type { StoreOptions } from "./store-options.ts";
import { createStoreThread } from "./store-thread.ts";
import { createSurveyor } from "./surveyor.ts";

export interface SqliteStoreOptions {
  readonly env: Env;
  readonly path: string;
  /** On which the reads are done; the driver closes it. */
  readonly keeper: ConnectionKeeper;
  readonly lock: DatabaseLock;
  readonly key: Uint8Array;
  readonly seal: Seal;
  readonly durability: Durability;
  readonly verbs: Verbs & { readonly surveys?: ReadonlySet<string> };
  /** URL of the module that exports these verbs, for the thread to load. */
  readonly verbsUrl: string;
  readonly onBatch?: StoreOptions["onBatch"];
  readonly onProblem: (error: Error) => void;
}

/**
 * A SQLite file, seen from the main thread: writes go to the thread that owns it, reads are done here on a connection of
 * their own, and those that take long by a third. Whatever was answered as written is seen by the next read.
 */
export function createSqliteDriver(options: SqliteStoreOptions): Driver {
  const { env, path, keeper, lock, key, seal, durability, verbs, verbsUrl, onBatch, onProblem } = options;
  const { surveys = new Set() } = verbs;
  const reader = createSqliteReader(keeper, verbs.reads, { seal });
  const checkpointer = createCheckpointer(env, { path, durability });
  const surveyor = createSurveyor({ path, key, verbs: verbsUrl });
  const thread = createStoreThread({
    env,
    start: { path, durability, key, verbs: verbsUrl },
    onAnswers: checkpointer.noteWrite,
    onProblem,
    ...(onBatch === undefined ? {} : { onBatch }),
  });
  return {
    isSingleNode: true,
    now: createHostClock(env),
    write: thread.write,
    read: async (verb, params) => (surveys.has(verb) ? surveyor.read(verb, params) : reader.read(verb, params)),
    describe: async () => ({ kind: "sqlite", waitingWrites: thread.waiting, bytes: sizeOnDisk(path) }),
    /** The thread goes last: whoever closes the last connection empties the log into the file. */
    async close() {
      await thread.drained();
      await surveyor.close();
      await checkpointer.close();
      keeper.drop();
      await thread.close();
      lock.release();
    },
  };
}

/** The file and its log. Asked of the folder: opening the file ourselves would drop SQLite's lock on it. */
function sizeOnDisk(path: string): number {
  return [path, `${path}-wal`].reduce(
    (bytes, file) => bytes + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
