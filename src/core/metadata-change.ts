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

export type KeyedChange = Exclude<MetadataChange, { readonly op: "replace" }>;

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

/** The change key by key: what is replaced as a whole is set, and what is left out is deleted. */
export function keyByKey(current: Json, change: MetadataChange): readonly KeyedChange[] {
  if (change.op !== "replace") return [change];
  const gone = Object.keys(current).filter((key) => !Object.hasOwn(change.value, key));
  return [
    ...gone.map((key) => ({ op: "del", key }) as const),
    ...Object.entries(change.value).map(([key, value]) => ({ op: "set", key, value }) as const),
  ];
}

/**
 * Those of the changes that still stand when the run's own copy goes from `before` to `after`: where both sides set a key the later
 * stands, and what only adds to a key or takes from it stands beside whatever the other does.
 */
export function stillStanding(changes: readonly KeyedChange[], before: Json, after: Json): readonly KeyedChange[] {
  const set = new Set(changes.filter(({ op }) => op === "set" || op === "del").map(({ key }) => key));
  const isOvertaken = (key: string) => set.has(key) && JSON.stringify(before[key]) !== JSON.stringify(after[key]);
  return changes.filter(({ key }) => !isOvertaken(key));
}

/** Notes a change, without those before it that it makes void; a loop that counts stays one change. */
export function noteChange<Change extends MetadataChange>(changes: Change[], change: Change): void {
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

function changedAt(current: Json, change: KeyedChange): Json {
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
