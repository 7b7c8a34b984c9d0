/**
 * The room of facts, and the only one that knows SQL.
 *
 * Here live the verbs (`StoreWrites` and `StoreReads` in `store.ts`, one generator each), the migrations, and the drivers
 * that run them on SQLite in a thread (`sqlite-*.ts`), on SQLite in memory (`memory-store.ts`) and on Postgres
 * (`postgres*.ts`). Policy may not: which verb follows from what is decided by the engine, and no verb reads a clock, draws
 * chance or knows who called it.
 *
 * Calls come from the engine as plain data and leave as rows and named refusals. What users gave us is sealed on its way
 * into a row (`seal.ts`), and lies beside the database when it is long (`blobs.ts`); it leaves this room in clear text only.
 * What runs log is no fact: `telemetry/` keeps it apart.
 */
import { DEFINITION } from "./definition.ts";
import { type MemoryStoreOptions, openMemoryStore as openMemoryStoreWith } from "./memory-store.ts";
import { openStoreWith } from "./open-store.ts";
import type { Store } from "./store.ts";
import type { StoreOptions } from "./store-options.ts";

export { inspectFile, inspectPostgres } from "./inspect-database.ts";
export { isPostgres, pathOf } from "./open-store.ts";
export * from "./queue-verbs.ts";
export * from "./store.ts";
export type { StoreOptions, WrittenBatch } from "./store-options.ts";
export { openTelemetry } from "./telemetry/open-telemetry.ts";
export type { VerbTable } from "./verb.ts";
export type { MemoryStoreOptions };

/** Opens the database that `options.db` names, brings its schema up to date, and compares its key. See `openStoreWith` for the errors. */
export function openStore(options: StoreOptions): Promise<Store> {
  return openStoreWith(options, DEFINITION);
}

/** A store in memory. The simulator replaces verbs in it to see whether it would notice. */
export function openMemoryStore(
  options: Pick<MemoryStoreOptions, "env"> & Partial<MemoryStoreOptions>,
): Promise<Store> {
  return openMemoryStoreWith({ ...DEFINITION, ...options });
}

/** The verbs as they are, for whoever replaces some of them. */
export const VERBS = { writes: DEFINITION.writes, reads: DEFINITION.reads };
