import type { Env } from "../core/env.ts";
import type { Driver, Verbs } from "./assemble-store.ts";
import { createCheckpointer } from "./checkpointer.ts";
import type { DatabaseLock } from "./lock-file.ts";
import type { Seal } from "./seal.ts";
import type { ConnectionKeeper, Durability } from "./sqlite-connection.ts";
import { createSqliteReader } from "./sqlite-executor.ts";
import { createHostClock } from "./store-clock.ts";
import { createStoreThread } from "./store-thread.ts";

export interface SqliteStoreOptions {
  readonly env: Env;
  readonly path: string;
  /** On which the reads are done; the driver closes it. */
  readonly keeper: ConnectionKeeper;
  readonly lock: DatabaseLock;
  readonly key: Uint8Array;
  readonly seal: Seal;
  readonly durability: Durability;
  readonly verbs: Verbs;
  /** URL of the module that exports these verbs, for the thread to load. */
  readonly verbsUrl: string;
  readonly onProblem: (error: Error) => void;
}

/**
 * A SQLite file, seen from the main thread: writes go to the thread that owns it, reads are done here on a connection of
 * their own. Whatever was answered as written is seen by the next read.
 */
export function createSqliteDriver(options: SqliteStoreOptions): Driver {
  const { env, path, keeper, lock, key, seal, durability, verbs, verbsUrl, onProblem } = options;
  const reader = createSqliteReader(keeper, verbs.reads, { seal });
  const checkpointer = createCheckpointer(env, { path, durability });
  const thread = createStoreThread({
    env,
    start: { path, durability, key, verbs: verbsUrl },
    onAnswers: checkpointer.noteWrite,
    onProblem,
  });
  return {
    isSingleNode: true,
    now: createHostClock(env),
    write: thread.write,
    read: async (verb, params) => reader.read(verb, params),
    /** The thread goes last: whoever closes the last connection empties the log into the file. */
    async close() {
      await thread.drained();
      await checkpointer.close();
      keeper.drop();
      await thread.close();
      lock.release();
    },
  };
}
