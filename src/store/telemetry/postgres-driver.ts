import type { Pool } from "pg";
import type { Env } from "../../core/env.ts";
import { checkKey, findGivenKey, sealWith } from "../installation-key.ts";
import { migrate } from "../migrate.ts";
import { withoutSecrets } from "../postgres.ts";
import { createPool, inTransaction, isCollision, runOn, statementError } from "../postgres-pool.ts";
import type { Seal } from "../seal.ts";
import { findVerb } from "../verb.ts";
import { TELEMETRY_MIGRATIONS, TELEMETRY_MIGRATIONS_TABLE } from "./migrations.ts";
import type { TelemetryDriver } from "./telemetry.ts";
import { writes } from "./verbs.ts";

export interface PostgresDriverOptions {
  readonly db: string;
  readonly env: Env;
  readonly encryptionKey?: string;
}

/** Apart from those of the store, so that no line waits before a transition. */
const CONNECTIONS = 2;
/** One node at a time migrates; the number is arbitrary and ours. */
const MIGRATION_LOCK = 7_205_759_404;
const TRIES = 3;

interface Opened {
  readonly pool: Pool;
  readonly seal: Seal;
}

/** Telemetry in tables beside those of the store, on connections whose commits wait for no disk. */
export function createPostgresDriver({ db, env, encryptionKey }: PostgresDriverOptions): TelemetryDriver {
  const path = withoutSecrets(db);
  let opening: Promise<Opened> | undefined;
  return {
    async run(verb, params) {
      opening ??= open();
      const opened = opening;
      try {
        const { pool, seal } = await opened;
        return await runVerb(pool, () => findVerb(writes, verb)(params, { seal }));
      } catch (error) {
        opened.catch(() => {
          if (opening === opened) opening = undefined;
        });
        throw statementError(error, path);
      }
    },
    close: async () => (await opening?.catch(() => undefined))?.pool.end(),
  };

  async function open(): Promise<Opened> {
    const pool = await createPool({ url: db, max: CONNECTIONS, durability: "normal" });
    try {
      return { pool, seal: sealWith(await prepare(pool), env, path) };
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  function prepare(pool: Pool): Promise<Uint8Array> {
    return inTransaction(pool, "begin", async (client) => {
      await client.query("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
      await runOn(client, migrate(TELEMETRY_MIGRATIONS, path, env.now(), TELEMETRY_MIGRATIONS_TABLE));
      // Postgres has the key only where it is given, or the store would not be open.
      return runOn(
        client,
        checkKey(() => findGivenKey(encryptionKey) as Uint8Array, env, path),
      );
    });
  }

  async function runVerb(pool: Pool, start: () => Parameters<typeof runOn>[1]): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      try {
        return await inTransaction(pool, "begin", (client) => runOn(client, start()));
      } catch (error) {
        if (!isCollision(error) || tries === TRIES) throw error;
      }
    }
  }
}
