import { isPerdureError, perdureError } from "./errors.ts";

export type Json = Record<string, unknown>;

/**
 * A change of a run's metadata as data. What a step has changed is recorded with its result and made again by a continuation;
 * what others changed is kept beside the run's own copy and made anew on top of it.
 */
export type MetadataChange =
  | { readonly op: "set" | "append" | "remove"; readonly key: string; readonly value: unknown }
  | { readonly op: "del"; readonly key: string }
  | { readonly op: "increment"; readonly key: string; readonly by: number }
  | { readonly op: "replace"; readonly value: Json };

/** @throws {PerdureError} `OPTION_INVALID` when a key that shall be incremented holds something other than a number. */
export function changed(current: Json, change: MetadataChange): Json {
  if (change.op === "replace") return change.value;
  return changedAt(current, change);
}

/** All of the changes, but for those that no longer fit what the run has made of a key: an increment of what is no number now. */
export function changedWhereFitting(current: Json, changes: readonly MetadataChange[]): Json {
  return changes.reduce((before, change) => {
    try {
      return changed(before, change);
    } catch (error) {
      if (isPerdureError(error)) return before;
      throw error;
    }
  }, current);
}

/** Notes a change, without those before it that it makes void; a loop that counts stays one change. */
export function noteChange(changes: MetadataChange[], change: MetadataChange): void {
  const last = changes.at(-1);
  if (change.op === "replace") {
    changes.splice(0, changes.length, change);
  } else if (change.op === "increment" && last?.op === "increment" && last.key === change.key) {
    changes.splice(-1, 1, { ...change, by: last.by + change.by });
  } else {
    const isVoid = change.op === "set" || change.op === "del";
    const kept = isVoid ? changes.filter((earlier) => earlier.op === "replace" || earlier.key !== change.key) : changes;
    changes.splice(0, changes.length, ...kept, change);
  }
}

function changedAt(current: Json, change: Exclude<MetadataChange, { readonly op: "replace" }>): Json {
  const { [change.key]: found, ...rest } = current;
  switch (change.op) {
    case "set":
      return { ...current, [change.key]: change.value };
    case "del":
      return rest;
    case "append":
      return { ...current, [change.key]: [...listOf(found), change.value] };
    case "remove": {
      const text = JSON.stringify(change.value);
      return { ...current, [change.key]: listOf(found).filter((element) => JSON.stringify(element) !== text) };
    }
    case "increment":
      return { ...current, [change.key]: numberOf(change.key, found) + change.by };
  }
}

function listOf(found: unknown): readonly unknown[] {
  return found === undefined ? [] : Array.isArray(found) ? found : [found];
}

function numberOf(key: string, found: unknown): number {
  if (found === undefined || found === null) return 0;
  if (typeof found === "number") return found;
  throw perdureError("OPTION_INVALID", {
    what: `metadata.increment("${key}")`,
    problem: "what it holds is not a number",
  });
}
