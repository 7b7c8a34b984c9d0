/**
 * Batches that are announced first and filled then. A batch's row holds the ids of its runs in the order of its items: one that
 * an idempotency key led to belongs to another batch, or to none.
 *
 * Beside them what runs need for calls from outside: the name of the request that made one, so that the same request sent again
 * finds it, and what others changed in its metadata while its code has a copy of its own.
 */
const batches = `create table batches (
  environment_id text not null,
  id text not null,
  run_count bigint not null,
  received bigint not null,
  staged_size bigint not null,
  made bigint not null,
  run_ids text,
  idempotency_key text,
  idempotent_until bigint,
  request_key text,
  created_at bigint not null,
  sealed_at bigint,
  primary key (environment_id, id),
  check ((sealed_at is null) = (run_ids is null))
)`;

/** Runs to be, until the last of their batch has come. */
const batchItems = `create table batch_items (
  environment_id text not null,
  batch_id text not null,
  position bigint not null,
  run_id text not null,
  request bytea not null,
  payload bytea,
  primary key (environment_id, batch_id, position)
)`;

export const BATCHES = {
  name: "0003-batches",
  statements: [
    batches,
    batchItems,
    `alter table runs add column request_key text`,
    `alter table runs add column metadata_outside bytea`,
    `create unique index runs_request on runs (environment_id, request_key) where request_key is not null`,
    `create unique index batches_key on batches (environment_id, idempotency_key) where idempotency_key is not null`,
    `create unique index batches_request on batches (environment_id, request_key) where request_key is not null`,
    `create index batches_runless on batches (environment_id, created_at) where made = 0`,
  ],
};
