import type { Env } from "../core/env.ts";
import type { Verbs } from "./assemble-store.ts";
import type { Migration } from "./migrate.ts";
import type { Durability } from "./sqlite-connection.ts";

export interface StoreOptions {
  /** `":memory:"`, the path or `file:` URL of a SQLite file, or a `postgres://` URL. */
  readonly db: string;
  readonly env: Env;
  /** 32 bytes as base64 or hex. Default: `PERDURE_ENCRYPTION_KEY`, or the key file beside a SQLite file. */
  readonly encryptionKey?: string;
  /** `normal` may lose the last commits when the power fails; a file is never damaged. Default: `full`. */
  readonly durability?: Durability;
  /** Told of each group of writes that was committed together, after it was answered. */
  readonly onBatch?: (batch: WrittenBatch) => void;
  /** Told of trouble that no caller is waiting to hear of. */
  readonly onProblem?: (error: Error) => void;
}

export interface WrittenBatch {
  readonly writes: number;
  /** From the moment in which the first of them was sent until its answer was there. */
  readonly ms: number;
}

/** What a store is made of: our verbs and migrations, or those of a test. */
export interface Definition extends Verbs {
  readonly migrations: readonly Migration[];
  /** Names of those reads that take long. */
  readonly surveys?: ReadonlySet<string>;
  /** URL of a module that exports `writes` and `reads`. */
  readonly url: string;
}
