import type { MetadataChange } from "../sdk/index.ts";

const MARK = '{"metadata":[';

/**
 * The record of a step with what the step changed in the run's metadata. It stands before the value, in the same object, so
 * that whoever decodes the value need not know, and whoever looks for changes need not parse.
 */
export function withChanges(result: string, changes: readonly MetadataChange[]): string {
  return changes.length === 0 ? result : `{"metadata":${JSON.stringify(changes)},${result.slice(1)}`;
}

/** What the step of this record changed in the metadata. */
export function changesIn(result: string): readonly MetadataChange[] {
  return result.startsWith(MARK) ? (JSON.parse(result) as { metadata: readonly MetadataChange[] }).metadata : [];
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
