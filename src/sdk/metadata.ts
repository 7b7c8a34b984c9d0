import { perdureError } from "../core/errors.ts";
import { host, type MetadataScope, requireRun } from "./host.ts";

type Json = Record<string, unknown>;

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
    return change("metadata.set()", (current) => ({ ...current, [checked(key)]: value }));
  },
  del(key: string): Metadata {
    return change("metadata.del()", ({ [checked(key)]: _, ...rest }) => rest);
  },
  append(key: string, value: unknown): Metadata {
    return change("metadata.append()", (current) => ({ ...current, [checked(key)]: [...listAt(current, key), value] }));
  },
  remove(key: string, value: unknown): Metadata {
    const text = JSON.stringify(value);
    return change("metadata.remove()", (current) => ({
      ...current,
      [checked(key)]: listAt(current, key).filter((element) => JSON.stringify(element) !== text),
    }));
  },
  increment(key: string, by = 1): Metadata {
    return change("metadata.increment()", (current) => ({ ...current, [checked(key)]: numberAt(current, key) + by }));
  },
  decrement(key: string, by = 1): Metadata {
    return metadata.increment(key, -by);
  },
  replace(whole: Json): Metadata {
    return change("metadata.replace()", () => whole);
  },
  flush(): Promise<void> {
    return requireRun("metadata.flush()").metadata.flush();
  },
};

function change(call: string, apply: (current: Json) => Json): Metadata {
  const scope: MetadataScope = requireRun(call).metadata;
  scope.replace(apply(scope.current()));
  return metadata;
}

function listAt(current: Json, key: string): readonly unknown[] {
  const found = current[key];
  return found === undefined ? [] : Array.isArray(found) ? found : [found];
}

function numberAt(current: Json, key: string): number {
  const found = current[key] ?? 0;
  if (typeof found === "number") return found;
  throw perdureError("OPTION_INVALID", {
    what: `metadata.increment("${key}")`,
    problem: "what it holds is not a number",
  });
}

function checked(key: string): string {
  if (!["__proto__", "constructor", "prototype"].includes(key)) return key;
  throw perdureError("OPTION_INVALID", { what: "A metadata key", problem: `it must not be ${key}` });
}
