/** A store as it is now, for people. */
export interface StoreDescription {
  readonly kind: "memory" | "sqlite" | "postgres";
  /** The newest of its migrations. */
  readonly migration: string;
  /** What it takes on the disk; absent in memory. */
  readonly bytes?: number;
  /** Writes that wait for their commit. */
  readonly waitingWrites: number;
}
