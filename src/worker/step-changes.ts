import type { MetadataChange } from "../core/metadata-change.ts";

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
