/**
 * Effects that code has without asking the SDK. Their kinds are added to the check of `entries`, which SQLite can only do by
 * making the table anew.
 *
 * `clock`: what the code read off the clock since the entry before. `place`: where an entry belongs that was first recorded during
 * a replay; few entries have one, and they are read apart. `automatic` of a run: it may have such entries, which are deleted when
 * it has been final for a while; the index leads to those that still are to be.
 */
import { FINAL_STATUSES } from "../../core/run-state.ts";
import { hasStatus } from "../literals.ts";

const entries = `create table entries_anew (
  environment_id text not null,
  run_id text not null,
  seq bigint not null,
  journal bigint not null,
  kind text not null check (kind in ('intent', 'step', 'wait', 'children', 'trigger', 'undo', 'sent', 'request', 'head', 'body', 'end', 'timer')),
  key text not null,
  outcome text not null check (outcome in ('completed', 'failed')),
  place text,
  result bytea,
  clock text,
  kept_seq bigint,
  waitpoint_id text,
  epoch bigint not null,
  created_at bigint not null,
  primary key (environment_id, run_id, seq)
)`;

const COLUMNS =
  "environment_id, run_id, seq, journal, kind, key, outcome, result, kept_seq, waitpoint_id, epoch, created_at";

export const AUTOMATIC_EFFECTS = {
  name: "0008-automatic-effects",
  statements: [
    entries,
    `insert into entries_anew (${COLUMNS}) select ${COLUMNS} from entries`,
    "drop table entries",
    "alter table entries_anew rename to entries",
    "create index entries_placed on entries (environment_id, run_id, journal, seq) where place is not null",
    "alter table runs add column automatic bigint not null default 0 check (automatic in (0, 1))",
    `create index runs_automatic on runs (environment_id, finished_at, id) where automatic = 1 and ${hasStatus(...FINAL_STATUSES)}`,
  ],
};
