/**
 * A store in memory, for tests, the test kit and the simulator: the executor of the real one on the caller's thread. A verb
 * is done when it is called and answered by a promise alone, and all time and chance are the `Env`'s, so that the same
 * seed gives the same store.
 */
import type { Env } from "../core/env.ts";
import { assembleStore, type Driver, type Verbs } from "./assemble-store.ts";
import { createBlobs, createMemoryShelf } from "./blobs.ts";
import { checkKey, sealWith } from "./installation-key.ts";
import { type Migration, migrate } from "./migrate.ts";
import { settled } from "./outcome.ts";
import { createPackets } from "./packets.ts";
import { KEY_BYTES } from "./seal.ts";
import { render } from "./sql.ts";
import { keepMemory } from "./sqlite-connection.ts";
import { loadSqlite } from "./sqlite-driver.ts";
import { createSqliteExecutor, createSqliteReader } from "./sqlite-executor.ts";
import type { Store } from "./store.ts";
import { createHostClock } from "./store-clock.ts";
import { runSync, type Statements } from "./verb.ts";

export interface MemoryStoreOptions extends Verbs {
  readonly env: Env;
  readonly migrations: readonly Migration[];
  /** False in a simulation of several nodes that share one store. Default: true. */
  readonly isSingleNode?: boolean;
}

const PATH = ":memory:";

export async function openMemoryStore(options: MemoryStoreOptions): Promise<Store> {
  const { env, writes, reads, migrations } = options;
  const keeper = keepMemory(await loadSqlite());
  const run = <Result>(statements: Statements<Result>) =>
    runSync(statements, (query) => keeper.current().all(render(query, "sqlite")));
  run(migrate(migrations, PATH, env.now()));
  const key = run(checkKey(() => env.randomBytes(KEY_BYTES), env, PATH));
  const seal = sealWith(key, env, PATH);
  const executor = createSqliteExecutor(keeper, writes, { seal });
  const reader = createSqliteReader(keeper, reads, { seal });
  const driver: Driver = {
    isSingleNode: options.isSingleNode ?? true,
    now: createHostClock(env),
    async write(verb, params) {
      const [outcome] = executor.exec([{ verb, params, size: 0 }]);
      if (outcome === undefined) throw new Error("A call has no outcome");
      return settled(outcome);
    },
    read: async (verb, params) => reader.read(verb, params),
    describe: async () => ({ kind: "memory", waitingWrites: 0 }),
    close: async () => keeper.close(),
  };
  const shelf = createMemoryShelf();
  const blobs = createBlobs({ shelf, seal, env, path: PATH });
  return assembleStore(driver, { writes, reads, migrations }, blobs, createPackets({ shelf, seal, key }));
}
