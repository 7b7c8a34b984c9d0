import type { MetadataChange } from "../core/metadata-change.ts";
import type { Run } from "../core/run.ts";
import type { At, Refused } from "./store.ts";

export type OutsideRefusal = "too-large" | "not-a-number" | "too-many" | "not-delayed";

/** Verbs by which others change a run, whatever its worker is doing; part of `StoreWrites`. */
export interface OutsideWrites {
  /**
   * Changes the metadata of a run, seen by whoever looks at once. The code of a run that has started has a copy of its own, which
   * it alone changes: these changes are kept beside that copy and made anew on top of whatever the code writes. Where both set a
   * key, the later stands; counts and elements of both add up. The journal that a retry or a restart opens begins with both. A
   * repeated `changeId` changes nothing more.
   */
  changeMetadata(
    params: At & {
      readonly runId: string;
      readonly changes: readonly MetadataChange[];
      readonly changeId: string;
      /** Characters of the metadata that this leads to. */
      readonly maxSize: number;
    },
  ): { readonly metadata: string } | Refused<"not-found" | "too-large" | "not-a-number">;

  /** Adds tags, all or none: `too-many` when the run would have more than `limit`. */
  addTags(
    params: At & { readonly runId: string; readonly tags: readonly string[]; readonly limit: number },
  ): { readonly tags: readonly string[] } | Refused<"not-found" | "too-many">;

  /** Sets the earliest start of a run that is delayed, and with it the end of its TTL. Refused when it has started or may start already. */
  rescheduleRun(
    params: At & { readonly runId: string; readonly dueAt: number; readonly details: string },
  ): { readonly run: Run } | Refused<"not-found" | "not-delayed">;

  /** The key of a task leads to its first run no more. */
  resetIdempotencyKey(
    params: At & { readonly task: string; readonly key: string },
  ): { readonly runId: string } | Refused<"not-found">;
}
