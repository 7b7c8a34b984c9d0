import { isPostgres, pathOf } from "../open-store.ts";
import { createFileDriver } from "./file-driver.ts";
import { createMemoryDriver } from "./memory-driver.ts";
import { createPostgresDriver } from "./postgres-driver.ts";
import { createTelemetry, type Telemetry, type TelemetryOptions } from "./telemetry.ts";

export interface OpenTelemetry extends TelemetryOptions {
  /** That of the store, which is open: in memory, a file that gets `<db>.telemetry` beside it, or Postgres. */
  readonly db: string;
  readonly encryptionKey?: string;
}

/** Nothing is opened before the first line comes, and nothing that goes wrong is thrown. */
export function openTelemetry(options: OpenTelemetry): Telemetry {
  const { db, env } = options;
  if (db === ":memory:") return createTelemetry(createMemoryDriver(env), options);
  if (isPostgres(db)) return createTelemetry(createPostgresDriver(options), options);
  return createTelemetry(createFileDriver(pathOf(db), options), options);
}
