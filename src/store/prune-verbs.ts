import type { At } from "./store.ts";

/** Verbs that delete what is final and older than somebody wants to keep it. */
export interface PruneWrites {
  /** Deletes up to `limit` final runs that finished before `before` and whose parent, if any, is final or gone, with all that belongs to them; runs that an
   * open run waits or waited for stay. `runIds` are those that are gone, in the order of their ids; `unreferencedBlobs` are those that no row names any more; their rows are gone. */
  deleteRuns(params: At & { readonly before: number; readonly limit: number }): {
    readonly deleted: number;
    readonly runIds: readonly string[];
    readonly unreferencedBlobs: readonly string[];
  };

  /**
   * Deletes up to `limit` automatic entries of runs that were final before `before`, all that there are of each, oldest first.
   * `isDone` when nothing more is due; `oldestAt` is then when the first of those that remain became final. `unreferencedBlobs` are those that no row names any more; their rows are gone.
   */
  deleteRecords(params: At & { readonly before: number; readonly limit: number }): {
    readonly deleted: number;
    readonly isDone: boolean;
    readonly oldestAt?: number;
    readonly unreferencedBlobs: readonly string[];
  };
}
