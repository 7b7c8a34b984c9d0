/**
 * Queues and whole environments that are paused, and limits that were set from outside. `concurrency_limit` stays the one that
 * holds; `declared_limit` is what the tasks say, and `overridden_at` tells that somebody else has said otherwise.
 *
 * The index is for queues that had a limit or a pause and have none any more: without it each lease would go through all their
 * queued runs for the few that still bear the mark.
 */
import { hasStatus } from "../literals.ts";

const environments = `create table environments (
  environment_id text not null,
  paused_at bigint,
  checked_at bigint,
  primary key (environment_id)
)`;

export const PAUSED_QUEUES = {
  name: "0005-paused-queues",
  statements: [
    `alter table queues add column paused_at bigint`,
    `alter table queues add column declared_limit bigint`,
    `alter table queues add column overridden_at bigint`,
    `update queues set declared_limit = concurrency_limit`,
    environments,
    `create index runs_marked on runs (environment_id, queue, order_at, id) where ${hasStatus("queued")} and limited = 1`,
  ],
};
