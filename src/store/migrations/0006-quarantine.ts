/**
 * Runs that need a process of their own: those in quarantine, and those of tasks that are isolated. The indexes by which
 * ready runs are found get `alone` before the order, so that neither kind is searched through for the other.
 */
import { hasStatus } from "../literals.ts";

/** `alone`: it is in quarantine or has a memory limit, so it never shares a process. `memory_mb`: 0 where only the process is asked for. */
export const QUARANTINE = {
  name: "0006-quarantine",
  statements: [
    "alter table runs add column alone bigint not null default 0 check (alone in (0, 1))",
    "alter table runs add column quarantined_at bigint",
    "alter table runs add column memory_mb bigint",
    "drop index runs_ready",
    "drop index runs_queue_ready",
    `create index runs_ready on runs (environment_id, alone, order_at, id) where ${hasStatus("queued")} and limited = 0`,
    `create index runs_queue_ready on runs (environment_id, queue, alone, order_at, id) where ${hasStatus("queued")}`,
  ],
};
