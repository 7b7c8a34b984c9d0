import type { Env } from "../../core/env.ts";
import { sealWith } from "../installation-key.ts";
import { migrate } from "../migrate.ts";
import { settled } from "../outcome.ts";
import { KEY_BYTES } from "../seal.ts";
import { render } from "../sql.ts";
import { keepMemory } from "../sqlite-connection.ts";
import { loadSqlite } from "../sqlite-driver.ts";
import { createSqliteExecutor, type SqliteExecutor } from "../sqlite-executor.ts";
import { runSync } from "../verb.ts";
import { TELEMETRY_MIGRATIONS, TELEMETRY_MIGRATIONS_TABLE } from "./migrations.ts";
import type { TelemetryDriver } from "./telemetry.ts";
import { writes } from "./verbs.ts";

const PATH = ":memory:";

/** On the caller's thread, with the time and chance of its `Env` alone. */
export function createMemoryDriver(env: Env): TelemetryDriver {
  let opening: Promise<{ readonly executor: SqliteExecutor; close(): void }> | undefined;
  return {
    async run(verb, params) {
      opening ??= open();
      const [outcome] = (await opening).executor.exec([{ verb, params, size: 0 }]);
      if (outcome === undefined) throw new Error("A call has no outcome");
      return settled(outcome);
    },
    close: async () => (await opening)?.close(),
  };

  async function open() {
    const keeper = keepMemory(await loadSqlite());
    runSync(migrate(TELEMETRY_MIGRATIONS, PATH, env.now(), TELEMETRY_MIGRATIONS_TABLE), (query) =>
      keeper.current().all(render(query, "sqlite")),
    );
    const seal = sealWith(env.randomBytes(KEY_BYTES), env, PATH);
    return { executor: createSqliteExecutor(keeper, writes, { seal }), close: keeper.close };
  }
}
