import { perdureError } from "../core/errors.ts";
import type { Json, MetadataChange } from "../core/metadata-change.ts";
import { PERILOUS_KEYS } from "../core/perilous-keys.ts";
import { host, requireRun } from "./host.ts";

export interface Metadata {
  /** The whole object; undefined outside a run. */
  current(): Json | undefined;
  /** What the key holds; undefined outside a run. */
  get(key: string): unknown;
  set(key: string, value: unknown): Metadata;
  del(key: string): Metadata;
  /** Adds to a list; what is no list yet becomes one. */
  append(key: string, value: unknown): Metadata;
  /** Takes the elements equal to `value` out of a list. */
  remove(key: string, value: unknown): Metadata;
  /** @throws {PerdureError} `OPTION_INVALID` when the key holds something other than a number. */
  increment(key: string, by?: number): Metadata;
  decrement(key: string, by?: number): Metadata;
  replace(whole: Json): Metadata;
  /** Resolves when every change so far is written. */
  flush(): Promise<void>;
}

/**
 * A JSON object that belongs to the run and that others can watch while it executes. Changes are applied at once here and
 * written within a second, or with the next entry of the journal.
 */
export const metadata: Metadata = {
  current(): Json | undefined {
    return host().currentRun()?.metadata.current();
  },
  get(key: string): unknown {
    return host().currentRun()?.metadata.current()[checked(key)];
  },
  set(key: string, value: unknown): Metadata {
    return change("metadata.set()", { op: "set", key: checked(key), value });
  },
  del(key: string): Metadata {
    return change("metadata.del()", { op: "del", key: checked(key) });
  },
  append(key: string, value: unknown): Metadata {
    return change("metadata.append()", { op: "append", key: checked(key), value });
  },
  remove(key: string, value: unknown): Metadata {
    return change("metadata.remove()", { op: "remove", key: checked(key), value });
  },
  increment(key: string, by = 1): Metadata {
    return change("metadata.increment()", { op: "increment", key: checked(key), by });
  },
  decrement(key: string, by = 1): Metadata {
    return metadata.increment(key, -by);
  },
  replace(whole: Json): Metadata {
    return change("metadata.replace()", { op: "replace", value: whole });
  },
  flush(): Promise<void> {
    return requireRun("metadata.flush()").metadata.flush();
  },
};

function change(call: string, made: MetadataChange): Metadata {
  requireRun(call).metadata.change(made);
  return metadata;
}

function checked(key: string): string {
  if (!PERILOUS_KEYS.has(key)) return key;
  throw perdureError("OPTION_INVALID", { what: "A metadata key", problem: `it must not be ${key}` });
}
