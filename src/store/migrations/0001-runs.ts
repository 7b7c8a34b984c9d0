/**
 * Runs and all that belongs to them. One text for SQLite and Postgres, frozen once released.
 *
 * Instants are epoch milliseconds; `bytea` columns are sealed (or name a blob), `tags`, `retry` are JSON. Every table and
 * every unique index begins with `environment_id`, so that no statement can reach across environments by accident. The
 * partial indexes keep the hot sets small: a finished run is in none of those that leasing, waking and reaping read.
 */
import { ENTRY_OUTCOMES, WAITPOINT_KINDS } from "../../core/entry.ts";
import { ON_DIVERGENCE } from "../../core/run.ts";
import { FINAL_STATUSES, OPEN_STATUSES, RUN_PHASES, RUN_STATUSES } from "../../core/run-state.ts";
import { hasStatus, quoted } from "../literals.ts";

/** `limited`: its queue has a limit. `held`: it waits for a person, so nothing else may wake it. */
const runs = `create table runs (
  environment_id text not null,
  id text not null,
  task text not null,
  queue text not null,
  limited bigint not null check (limited in (0, 1)),
  status text not null check (${hasStatus(...RUN_STATUSES)}),
  phase text not null check (phase in (${quoted(RUN_PHASES)})),
  held bigint not null check (held in (0, 1)),
  payload bytea,
  output bytea,
  failure bytea,
  metadata bytea,
  metadata_base bytea,
  tags text not null,
  epoch bigint not null,
  attempt bigint not null,
  retry text not null,
  max_duration_ms bigint,
  active_ms bigint not null,
  priority_ms bigint not null,
  order_at bigint not null,
  due_at bigint not null,
  expires_at bigint,
  lease_id text,
  lease_until bigint,
  leased_at bigint,
  worker_id text,
  idempotency_key text,
  parent_run_id text,
  root_run_id text not null,
  replay_of_run_id text,
  batch_id text,
  depth bigint not null,
  on_divergence text not null check (on_divergence in (${quoted(ON_DIVERGENCE)})),
  task_version text,
  journal bigint not null,
  entry_seq bigint not null,
  journal_bytes bigint not null,
  undos_owed bigint not null,
  barren_leases bigint not null,
  ending bytea,
  cancel_requested_at bigint,
  event_seq bigint not null,
  created_at bigint not null,
  started_at bigint,
  finished_at bigint,
  primary key (environment_id, id),
  check ((${hasStatus("executing")}) = (lease_until is not null)),
  check ((${hasStatus(...FINAL_STATUSES)}) = (finished_at is not null))
)`;

const runEvents = `create table run_events (
  environment_id text not null,
  run_id text not null,
  seq bigint not null,
  kind text not null,
  at bigint not null,
  epoch bigint not null,
  attempt bigint not null,
  worker_id text,
  details bytea,
  primary key (environment_id, run_id, seq)
)`;

const entries = `create table entries (
  environment_id text not null,
  run_id text not null,
  seq bigint not null,
  journal bigint not null,
  kind text not null check (kind in ('intent', 'step', 'wait', 'children', 'trigger', 'undo')),
  key text not null,
  outcome text not null check (outcome in (${quoted(ENTRY_OUTCOMES)})),
  result bytea,
  kept_seq bigint,
  waitpoint_id text,
  epoch bigint not null,
  created_at bigint not null,
  primary key (environment_id, run_id, seq)
)`;

/** `entry_lookup` is the entry key in a form that fits an index; see `indexable`. */
const waitpoints = `create table waitpoints (
  environment_id text not null,
  id text not null,
  run_id text not null,
  journal bigint not null,
  entry_key text not null,
  entry_lookup text not null,
  kind text not null check (kind in (${quoted(WAITPOINT_KINDS)})),
  status text not null check (status in ('pending', 'completed')),
  due_at bigint,
  remaining bigint not null check (remaining >= 0),
  created_at bigint not null,
  completed_at bigint,
  primary key (environment_id, id)
)`;

const waitpointRuns = `create table waitpoint_runs (
  environment_id text not null,
  waitpoint_id text not null,
  position bigint not null,
  run_id text not null,
  is_cached bigint not null check (is_cached in (0, 1)),
  primary key (environment_id, waitpoint_id, position)
)`;

/** `had_limit` stays once it is set; see `put-queues.ts`. */
const queues = `create table queues (
  environment_id text not null,
  name text not null,
  concurrency_limit bigint,
  had_limit bigint not null check (had_limit in (0, 1)),
  primary key (environment_id, name)
)`;

const idempotencyKeys = `create table idempotency_keys (
  environment_id text not null,
  task text not null,
  key text not null,
  run_id text not null,
  idempotent_until bigint,
  primary key (environment_id, task, key)
)`;

const blobs = `create table blobs (
  environment_id text not null,
  id text not null,
  size bigint not null,
  refs bigint not null,
  content bytea,
  created_at bigint not null,
  primary key (environment_id, id)
)`;

const indexes = [
  `create index runs_ready on runs (environment_id, order_at, id) where ${hasStatus("queued")} and limited = 0`,
  `create index runs_queue_ready on runs (environment_id, queue, order_at, id) where ${hasStatus("queued")}`,
  `create index runs_due on runs (environment_id, due_at) where ${hasStatus("queued")}`,
  `create index runs_expiring on runs (environment_id, expires_at) where ${hasStatus("queued")} and started_at is null and expires_at is not null`,
  `create index runs_executing on runs (environment_id, queue) where ${hasStatus("executing")}`,
  `create index runs_leases on runs (environment_id, lease_until, worker_id) where ${hasStatus("executing")}`,
  `create index runs_lease on runs (environment_id, lease_id) where ${hasStatus("executing")}`,
  `create index runs_waiting on runs (environment_id, queue) where ${hasStatus("waiting")}`,
  `create index runs_cancel on runs (environment_id, cancel_requested_at) where cancel_requested_at is not null and ${hasStatus(...OPEN_STATUSES)}`,
  `create index runs_finished on runs (environment_id, finished_at, id, status) where ${hasStatus(...FINAL_STATUSES)}`,
  `create index runs_newest on runs (environment_id, created_at, id)`,
  `create index runs_parent on runs (environment_id, parent_run_id) where parent_run_id is not null`,
  `create index runs_batch on runs (environment_id, batch_id) where batch_id is not null`,
  `create unique index waitpoints_entry on waitpoints (environment_id, run_id, journal, entry_lookup)`,
  `create index waitpoints_due on waitpoints (environment_id, due_at) where kind = 'time' and status = 'pending'`,
  `create index waitpoint_runs_run on waitpoint_runs (environment_id, run_id)`,
  `create index idempotency_keys_run on idempotency_keys (environment_id, run_id)`,
  `create index blobs_unreferenced on blobs (environment_id, created_at) where refs = 0`,
];

export const RUNS = {
  name: "0001-runs",
  statements: [runs, runEvents, entries, waitpoints, waitpointRuns, queues, idempotencyKeys, blobs, ...indexes],
};
