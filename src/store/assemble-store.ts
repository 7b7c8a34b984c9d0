import { perdureError } from "../core/errors.ts";
import type { Blobs } from "./blobs.ts";
import type { StoreDescription } from "./description.ts";
import type { Migration } from "./migrate.ts";
import type { Packets } from "./packets.ts";
import type { Store } from "./store.ts";
import type { VerbTable } from "./verb.ts";

/** One database as the store needs it; the three of them are `memory-store.ts`, `sqlite-store.ts` and `postgres.ts`. */
export interface Driver {
  readonly isSingleNode: boolean;
  now(): number;
  /** Called in the order of the calls; answered after the commit. */
  write(verb: string, params: unknown): Promise<unknown>;
  read(verb: string, params: unknown): Promise<unknown>;
  describe(): Promise<Omit<StoreDescription, "migration">>;
  /** Waits for what was written, then closes. */
  close(): Promise<void>;
}

/** The verbs a store is made of. */
export interface Verbs {
  readonly writes: VerbTable;
  readonly reads: VerbTable;
}

/** A store: the methods are the names in the tables, each call led through the blobs and the driver. */
export function assembleStore(
  driver: Driver,
  verbs: Verbs & { readonly migrations: readonly Migration[] },
  blobs: Blobs,
  packets: Packets,
): Store {
  const accepted = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;
  const methods: Record<string, (params: unknown) => Promise<unknown>> = {};
  for (const verb of Object.keys(verbs.writes)) methods[verb] = (params) => track(() => write(verb, params));
  for (const verb of Object.keys(verbs.reads)) methods[verb] = (params) => track(() => read(verb, params));
  const migration = verbs.migrations.at(-1)?.name ?? "none";
  const describe = async (): Promise<StoreDescription> => ({ migration, ...(await driver.describe()) });
  const store = { ...methods, now: () => driver.now(), isSingleNode: driver.isSingleNode, packets, describe, close };
  return store as unknown as Store;

  /** Without an `await` before the driver where nothing is spilled, so that writes keep the order of their calls. */
  async function write(verb: string, params: unknown): Promise<unknown> {
    const spilled = blobs.spill(params);
    const result = await driver.write(verb, spilled instanceof Promise ? await spilled : spilled);
    return blobs.fetch(verb, params, result);
  }

  async function read(verb: string, params: unknown): Promise<unknown> {
    return blobs.fetch(verb, params, await driver.read(verb, params));
  }

  async function track(call: () => Promise<unknown>): Promise<unknown> {
    if (closing !== undefined) throw perdureError("STORE_CLOSED");
    const answer = call();
    accepted.add(answer);
    try {
      return await answer;
    } finally {
      accepted.delete(answer);
    }
  }

  function close(): Promise<void> {
    closing ??= Promise.allSettled(accepted)
      .then(() => blobs.close())
      .then(() => driver.close());
    return closing;
  }
}
