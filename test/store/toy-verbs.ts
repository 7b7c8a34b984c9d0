/**
 * A store of notes, as small as it gets: what the drivers promise is tested with these verbs, what the real verbs promise
 * with the conformance suite. A module of its own, since the store thread loads its verbs by URL.
 */

import type { Env } from "../../src/core/env.ts";
import { perdureError } from "../../src/core/errors.ts";
import { sql } from "../../src/store/sql.ts";
import type { Definition } from "../../src/store/store-options.ts";
import type { Statements, VerbContext, VerbTable } from "../../src/store/verb.ts";
import { createSystemEnv } from "../../src/system/env.ts";

export interface ToyNote {
  readonly environmentId: string;
  readonly id: string;
  readonly runs: readonly { readonly payload: string }[];
}

/** The store as these tests call it. */
export interface ToyStore {
  readonly isSingleNode: boolean;
  now(): number;
  /** Named like the real verb, since new work is what back-pressure holds back. */
  createRuns(params: ToyNote): Promise<{ readonly id: string }>;
  keep(params: { readonly environmentId: string; readonly id: string }): Promise<{ readonly id: string }>;
  keepThenThrow(params: { readonly id: string }): Promise<unknown>;
  refuse(params: { readonly id: string }): Promise<unknown>;
  misbehave(params: {
    readonly how: "exit" | "throw" | "spin" | "open-transaction";
    readonly ms?: number;
  }): Promise<unknown>;
  /** On Postgres only. */
  touchSlowly(params: { readonly ids: readonly string[] }): Promise<unknown>;
  /** On Postgres only. */
  showSetting(params: { readonly name: string }): Promise<unknown>;
  deleteRuns(params: {
    readonly environmentId: string;
    readonly id: string;
  }): Promise<{ readonly unreferencedBlobs: readonly string[] }>;
  findRun(params: {
    readonly environmentId: string;
    readonly id: string;
  }): Promise<{ readonly payload?: string } | undefined>;
  listRuns(params: { readonly environmentId: string }): Promise<readonly { readonly payload?: string }[]>;
  listIds(params: object): Promise<readonly string[]>;
  close(): Promise<void>;
}

function* createRuns({ environmentId, id, runs }: ToyNote, { seal }: VerbContext): Statements<unknown> {
  for (const { payload } of runs) {
    yield sql`insert into notes (id, payload) values (${id}, ${seal.close(payload)})`;
    const blobId = blobIdOf(payload);
    if (blobId === undefined) continue;
    yield sql`
      insert into blobs (environment_id, id, size, refs, created_at) values (${environmentId}, ${blobId}, ${0}, ${1}, ${0})
      on conflict (environment_id, id) do update set refs = blobs.refs + 1`;
  }
  return { id };
}

function* keep({ id }: { id: string }): Statements<unknown> {
  yield sql`insert into notes (id) values (${id})`;
  return { id };
}

function* keepThenThrow(params: { id: string }): Statements<unknown> {
  yield* keep(params);
  return yield sql`insert into notes (id) values (${params.id})`;
}

function* refuse({ id }: { id: string }): Statements<unknown> {
  yield sql`insert into notes (id) values (${id})`;
  throw perdureError("RUN_NOT_FOUND", { runId: id });
}

function* misbehave({ how, ms = 0 }: { how: string; ms?: number }): Statements<unknown> {
  yield sql`insert into notes (id) values (${"written before the trouble"})`;
  if (how === "exit") process.exit(7);
  if (how === "throw")
    setImmediate(() => {
      throw new Error("thrown beside every call");
    });
  if (how === "spin") for (const end = performance.now() + ms; performance.now() < end; ) {}
  if (how === "open-transaction") yield sql`commit`;
  return {};
}

/** Locks one row after the other, with time for somebody else in between. */
function* touchSlowly({ ids }: { ids: readonly string[] }): Statements<unknown> {
  for (const id of ids) {
    yield sql`update notes set payload = payload where id = ${id}`;
    yield sql`select pg_sleep(0.05)`;
  }
  return ids.length;
}

function* showSetting({ name }: { name: string }): Statements<unknown> {
  return (yield sql`select current_setting(${name}) as setting`)[0]?.["setting"];
}

function* deleteRuns(
  { environmentId, id }: { environmentId: string; id: string },
  { seal }: VerbContext,
): Statements<unknown> {
  const [row] = yield sql`delete from notes where id = ${id} returning payload`;
  const blobId = row === undefined ? undefined : blobIdOf(seal.open(row["payload"] as Uint8Array));
  if (blobId === undefined) return { unreferencedBlobs: [] };
  yield sql`delete from blobs where environment_id = ${environmentId} and id = ${blobId}`;
  return { unreferencedBlobs: [blobId] };
}

function* findRun({ id }: { id: string }, { seal }: VerbContext): Statements<unknown> {
  const [row] = yield sql`select payload from notes where id = ${id}`;
  if (row === undefined) return undefined;
  return row["payload"] === null ? {} : { payload: seal.open(row["payload"] as Uint8Array) };
}

function* listRuns(_: object, { seal }: VerbContext): Statements<unknown> {
  const found = yield sql`select payload from notes where payload is not null order by id`;
  return found.map((row) => ({ payload: seal.open(row["payload"] as Uint8Array) }));
}

function* listIds(): Statements<unknown> {
  return (yield sql`select id from notes order by id`).map((row) => row["id"]);
}

function blobIdOf(text: string): string | undefined {
  return /^blob:([^:]+):/.exec(text)?.[1];
}

export const writes: VerbTable = {
  createRuns,
  keep,
  keepThenThrow,
  refuse,
  misbehave,
  touchSlowly,
  showSetting,
  deleteRuns,
};
export const reads: VerbTable = { findRun, listRuns, listIds };

export const toyDefinition: Definition = {
  writes,
  reads,
  url: import.meta.url,
  migrations: [
    {
      name: "0001_notes",
      statements: [
        "create table notes (id text primary key, payload bytea)",
        "create table blobs (environment_id text not null, id text not null, size bigint not null, refs bigint not null, content bytea, created_at bigint not null, primary key (environment_id, id))",
      ],
    },
  ],
};

/** The machine's own clock and chance. */
export const realEnv: Env = createSystemEnv();
