import type { Batch } from "../core/batch.ts";
import type { At, NewRun, Refused } from "./store.ts";

export type BatchRefusal = "beyond-batch" | "too-large";

/** Verbs about batches whose items come one after another, part of `StoreWrites`. */
export interface BatchWrites {
  /**
   * Announces a batch. One whose id exists, or whose request key does, is answered as it is (a repeat), and so is one whose
   * idempotency key is taken, until that key expires. `isCached` says that the answer is an earlier batch which has all its items:
   * one that still lacks some is there to be filled.
   */
  createBatch(
    params: At & {
      readonly id: string;
      readonly runCount: number;
      readonly idempotencyKey?: string;
      readonly idempotentUntil?: number;
      readonly requestKey?: string;
    },
  ): { readonly id: string; readonly runCount: number; readonly isCached: boolean };

  /**
   * Keeps items of a batch, each by its place, and with the last of them makes the runs of all: none before. An item whose
   * place is taken is passed over. Refused, and nothing kept, when a place is beyond the batch (`beyond-batch`) or the items
   * together are larger than `maxSize` characters (`too-large`).
   */
  putBatchItems(
    params: At & {
      readonly batchId: string;
      readonly runs: readonly NewRun[];
      /** One for each of the runs. */
      readonly places: readonly number[];
      readonly maxSize: number;
    },
  ): BatchItemsPut | Refused<"not-found" | "beyond-batch" | "too-large">;

  /**
   * Deletes up to `limit` batches without runs of their own: those that lack items since `unsealedBefore`, and others made before
   * `before`. `oldestOpenAt` is when the oldest that still lacks items was announced.
   */
  deleteBatches(params: At & { readonly before: number; readonly unsealedBefore: number; readonly limit: number }): {
    readonly deleted: number;
    readonly oldestOpenAt?: number;
    readonly unreferencedBlobs: readonly string[];
  };
}

export interface BatchItemsPut {
  readonly accepted: number;
  readonly deduplicated: number;
  /** Items that have come so far. */
  readonly received: number;
  readonly isSealed: boolean;
  /** The tasks of the runs that this made. */
  readonly madeTasks: readonly string[];
  /** When the first of them is due, and when the first of them expires. */
  readonly dueAt?: number;
  readonly expiresAt?: number;
  readonly unreferencedBlobs: readonly string[];
}

export interface BatchReads {
  findBatch(params: { readonly environmentId: string; readonly batchId: string }): Batch | undefined;
}
