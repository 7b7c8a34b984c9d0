import type { Migration } from "../migrate.ts";

/**
 * Tables of telemetry: beside the facts on Postgres, in a file of their own on SQLite. Frozen once released, like those of the store.
 *
 * `log_runs` counts: `last_seq` gives each line its place, `lines` and `bytes` are those that are left. `content` is sealed.
 */
export const TELEMETRY_MIGRATIONS: readonly Migration[] = [
  {
    name: "0001-logs",
    statements: [
      `create table log_runs (
  environment_id text not null,
  run_id text not null,
  last_seq bigint not null,
  lines bigint not null,
  bytes bigint not null,
  last_at bigint not null,
  primary key (environment_id, run_id)
)`,
      `create table log_lines (
  environment_id text not null,
  run_id text not null,
  seq bigint not null,
  at bigint not null,
  attempt bigint not null,
  epoch bigint not null,
  level text not null,
  source text not null,
  content bytea not null,
  bytes bigint not null,
  primary key (environment_id, run_id, seq)
)`,
      "create index log_lines_oldest on log_lines (environment_id, at, run_id, seq)",
    ],
  },
];

/** The name of the table that says which were applied: on Postgres the store's own are in the same schema. */
export const TELEMETRY_MIGRATIONS_TABLE = "telemetry_migrations";
