import type { Pool } from "pg";
import type { Env } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import { assembleStore, type Driver } from "./assemble-store.ts";
import { createBlobs } from "./blobs.ts";
import { checkKey, type FindKey, findGivenKey, sealWith } from "./installation-key.ts";
import { migrate } from "./migrate.ts";
import { createPackets } from "./packets.ts";
import { createLanes, LANES } from "./postgres-lanes.ts";
import { createPool, inTransaction, onPool, runOn, SCHEMA, statementError } from "./postgres-pool.ts";
import { createTableShelf } from "./postgres-shelf.ts";
import { sql } from "./sql.ts";
import type { Durability } from "./sqlite-connection.ts";
import type { Store } from "./store.ts";
import { createSampledClock } from "./store-clock.ts";
import type { Definition, StoreOptions } from "./store-options.ts";
import { findVerb, type Row, type Statements, type VerbContext } from "./verb.ts";

/** One node at a time migrates; the number is arbitrary and ours. */
const MIGRATION_LOCK = 7_205_759_403;
const MIGRATION_TIMEOUT_MS = 60 * 60_000;
const READERS = 4;
const SAMPLE_MS = 60_000;

/** Apart, so that a burst of reads delays no lease and no end of a run. */
interface Pools {
  readonly lanes: Pool;
  readonly readers: Pool;
}

/** Opens a Postgres that any number of nodes may share. The key must be given: each of them needs the same. */
export async function openPostgres(options: StoreOptions, definition: Definition): Promise<Store> {
  const { env, db, durability = "full", onProblem } = options;
  const path = withoutSecrets(db);
  const givenKey = findGivenKey(options.encryptionKey);
  if (givenKey === undefined) {
    throw perdureError("OPTION_INVALID", {
      what: "encryptionKey",
      problem:
        "Postgres needs one, the same on every node; set PERDURE_ENCRYPTION_KEY to the output of: openssl rand -base64 32",
    });
  }
  const pools = await openPools(db, durability);
  try {
    const key = await prepare(db, path, env, givenKey, definition);
    const seal = sealWith(key, env, path);
    const driver = await createDriver(pools, path, options, definition, { seal });
    const shelf = createTableShelf(pools.readers, path, driver.now);
    const blobs = createBlobs({ shelf, seal, env, path, onProblem });
    return assembleStore(driver, definition, blobs, createPackets({ shelf, seal, key }));
  } catch (error) {
    await closePools(pools);
    throw openError(error, path);
  }
}

async function openPools(url: string, durability: Durability): Promise<Pools> {
  return {
    lanes: await createPool({ url, max: LANES, durability }),
    readers: await createPool({ url, max: READERS, durability }),
  };
}

async function closePools({ lanes, readers }: Pools): Promise<void> {
  await Promise.all([lanes.end(), readers.end()]);
}

/** Schema and key, in one transaction that no other node is in. It may wait for another node, or build an index, for as long as that takes. */
async function prepare(
  url: string,
  path: string,
  env: Env,
  givenKey: Uint8Array,
  { migrations }: Definition,
): Promise<Uint8Array> {
  const pool = await createPool({ url, max: 1, durability: "full", queryTimeoutMs: MIGRATION_TIMEOUT_MS });
  try {
    return await inTransaction(pool, "begin", async (client) => {
      await client.query("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
      const { rows } = await client.query("select 1 from pg_namespace where nspname = $1", [SCHEMA]);
      if (rows.length === 0) await client.query(`create schema ${SCHEMA}`);
      await runOn(client, migrate(migrations, path, env.now()));
      const findKey: FindKey = () => givenKey;
      return runOn(client, checkKey(findKey, env, path));
    });
  } finally {
    await pool.end();
  }
}

async function createDriver(
  pools: Pools,
  path: string,
  { env, onBatch }: StoreOptions,
  { writes, reads }: Definition,
  context: VerbContext,
): Promise<Driver> {
  const lanes = createLanes({
    env,
    pool: pools.lanes,
    writes,
    context,
    path,
    ...(onBatch === undefined ? {} : { onBatch }),
  });
  return {
    isSingleNode: false,
    now: await createDatabaseClock(pools.readers, env),
    write: lanes.write,
    // A read verb is one statement, and so one snapshot.
    read: (verb, params) => onPool(pools.readers, path, findVerb(reads, verb)(params, context)),
    async describe() {
      const [row] = await onPool(pools.readers, path, measure());
      return { kind: "postgres", waitingWrites: lanes.waiting, bytes: row?.["bytes"] as number };
    },
    close: () => closePools(pools),
  };
}

/** Our schema alone: the database may hold the application's tables too. */
function* measure(): Statements<readonly Row[]> {
  return yield sql`
    select coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)::bigint as bytes
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace where nspname = ${SCHEMA} and relkind = 'r'`;
}

/** Sampled when it is asked and the last sample is old, so that an idle store sets no timers. */
async function createDatabaseClock(pool: Pool, env: Env): Promise<() => number> {
  const clock = createSampledClock(env);
  let sampledAt = 0;
  await sample();
  return () => {
    if (env.monotonic() - sampledAt >= SAMPLE_MS) sample().catch(() => undefined);
    return clock.now();
  };

  async function sample(): Promise<void> {
    sampledAt = env.monotonic();
    const { rows } = await pool.query("select (extract(epoch from clock_timestamp()) * 1000)::bigint as now");
    clock.sample(rows[0].now);
  }
}

function openError(error: unknown, path: string): Error {
  if (error instanceof TypeError && "code" in error && error.code === "ERR_INVALID_URL")
    // Without its cause, which holds the password.
    return perdureError("OPTION_INVALID", { what: "db", problem: "it is not a valid postgres:// URL" });
  const known = statementError(error, path);
  if (known.code !== "STORE_UNAVAILABLE") return known;
  return perdureError("DATABASE_UNREADABLE", { path, problem: String(known.details["problem"]) }, { cause: error });
}

export function withoutSecrets(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return "postgres";
  }
}
