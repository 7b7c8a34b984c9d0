/** All that a loop left behind, read when its processes are gone. Whoever checks it needs nothing else. */
import { DatabaseSync } from "node:sqlite";
import { decodeValue } from "../../src/core/codec.ts";
import type { Entry } from "../../src/core/entry.ts";
import type { Run, RunEvent } from "../../src/core/run.ts";
import { openStore, type Store } from "../../src/store/index.ts";
import { createSystemEnv } from "../../src/system/index.ts";
import type { Line } from "../e2e/effects.ts";
import { ENVIRONMENT } from "./environment.ts";
import type { End } from "./kinds.ts";
import { type Look, openLook, type Row } from "./look.ts";
import { ageOrphans } from "./orphans.ts";
import type { Place } from "./place.ts";
import { until } from "./until.ts";

export interface Evidence {
  readonly isPostgres: boolean;
  readonly runs: ReadonlyMap<string, Run>;
  /** Of all runs, in the order of their commits where the database knows it; those of one commit stand together. */
  readonly events: readonly CommittedEvent[];
  readonly isInOrder: boolean;
  readonly entries: ReadonlyMap<string, readonly Entry[]>;
  /** Runs that a waitpoint of a parent names. */
  readonly awaited: readonly { readonly parent: string; readonly child: string; readonly isComplete: boolean }[];
  /** References to each blob, as its row counts them and as there are. */
  readonly blobs: readonly { readonly id: string; readonly counted: number; readonly found: number }[];
  readonly orphanBlobs: readonly string[];
  readonly lines: readonly Line[];
  /** What must become of orders that no client's number says. */
  readonly ends: ReadonlyMap<number, End>;
  /** What SQLite says of its file. */
  readonly integrity: readonly string[];
  /** What the processes complained of that nobody should complain of. */
  readonly complaints: readonly string[];
}

export interface CommittedEvent extends RunEvent {
  readonly commit: number;
}

export const ENCRYPTION_KEY = "5a".repeat(32);
const PAGE = 100;
const SWEPT_WITHIN_MS = 5_000;

export async function gatherEvidence(
  place: Place,
  told: Pick<Evidence, "lines" | "ends" | "complaints">,
): Promise<Evidence> {
  const look = openLook(place);
  await ageOrphans(place, look);
  const store = await openStore({ db: place.db, env: createSystemEnv(), encryptionKey: ENCRYPTION_KEY });
  try {
    // A store sweeps when it is opened; nobody waits for it but we.
    await until(
      "orphans are swept",
      async () => (await look.orphanBlobs()).length === 0 || undefined,
      SWEPT_WITHIN_MS,
    ).catch(() => undefined);
    const runs = await readRuns(store);
    const isInOrder =
      !place.isPostgres || (await look.all("show track_commit_timestamp"))[0]?.["track_commit_timestamp"] === "on";
    return {
      ...told,
      isPostgres: place.isPostgres,
      runs,
      isInOrder,
      events: await readEvents(store, look, orderOfEvents(place.isPostgres, isInOrder), runs),
      entries: await readEntries(store, runs),
      awaited: await readAwaited(look),
      blobs: await readBlobs(look),
      orphanBlobs: await look.orphanBlobs(),
      integrity: place.isPostgres ? [] : checkIntegrity(place.db),
    };
  } finally {
    await look.close();
    await store.close();
  }
}

/** With their values, however long. */
async function readRuns(store: Store): Promise<ReadonlyMap<string, Run>> {
  const runs = new Map<string, Run>();
  let after: string | undefined;
  do {
    const page = await store.listRuns({
      environmentId: ENVIRONMENT,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const { id } of page) {
      const run = await store.findRun({ environmentId: ENVIRONMENT, runId: id });
      if (run !== undefined) runs.set(id, run);
    }
    after = page.length < PAGE ? undefined : page.at(-1)?.id;
  } while (after !== undefined);
  return runs;
}

/** SQLite numbers rows in the order in which they were written; Postgres knows when each was committed, if it was told to. */
function orderOfEvents(isPostgres: boolean, isInOrder: boolean): string {
  if (!isPostgres) return "select run_id, seq, rowid as place from run_events order by rowid";
  const place = isInOrder ? "pg_xact_commit_timestamp(xmin)" : "at";
  return `select run_id, seq, ${place}::text as place from run_events order by ${place}, run_id, seq`;
}

async function readEvents(
  store: Store,
  look: Look,
  order: string,
  runs: ReadonlyMap<string, Run>,
): Promise<readonly CommittedEvent[]> {
  const known = new Map<string, RunEvent>();
  for (const runId of runs.keys()) {
    for (let afterSeq = 0, isMore = true; isMore; afterSeq += PAGE) {
      const page = await store.listRunEvents({ environmentId: ENVIRONMENT, runId, afterSeq, limit: PAGE });
      for (const event of page) known.set(`${runId} ${event.seq}`, event);
      isMore = page.length === PAGE;
    }
  }
  let commit = 0;
  let last: unknown;
  return (await look.all(order)).flatMap((row) => {
    if (row["place"] !== last) commit++;
    last = row["place"];
    const event = known.get(`${row["run_id"]} ${row["seq"]}`);
    return event === undefined ? [] : [{ ...event, commit }];
  });
}

async function readEntries(store: Store, runs: ReadonlyMap<string, Run>): Promise<Evidence["entries"]> {
  const entries = new Map<string, readonly Entry[]>();
  for (const { id, journal: last } of runs.values()) {
    const own: Entry[] = [];
    for (let journal = 1; journal <= last; journal++) {
      const here = { environmentId: ENVIRONMENT, runId: id, journal };
      own.push(...(await store.listEntries({ ...here, afterSeq: 0, limit: PAGE })));
      own.push(...(await store.listPlacedEntries(here)));
    }
    entries.set(
      id,
      own.sort((a, b) => a.seq - b.seq),
    );
  }
  return entries;
}

async function readAwaited(look: Look): Promise<Evidence["awaited"]> {
  const rows = await look.all(
    "select waitpoints.run_id as parent, waitpoint_runs.run_id as child, status from waitpoint_runs join waitpoints on waitpoints.id = waitpoint_id",
  );
  return rows.map((row) => ({
    parent: String(row["parent"]),
    child: String(row["child"]),
    isComplete: row["status"] === "completed",
  }));
}

/** A long value is named in its row by a reference in clear text. */
async function readBlobs(look: Look): Promise<Evidence["blobs"]> {
  const found = new Map<string, number>();
  const columns = ["payload from runs", "output from runs", "result from entries", "payload from batch_items"];
  for (const column of columns) {
    const [name = ""] = column.split(" ");
    for (const row of await look.all(`select ${column} where length(${name}) < 100`)) {
      const id = /^blob:(\w+):/.exec(textOf(row, name))?.[1];
      if (id !== undefined) found.set(id, (found.get(id) ?? 0) + 1);
    }
  }
  const counted = new Map(
    (await look.all("select id, refs from blobs where refs > 0")).map((row) => [
      String(row["id"]),
      Number(row["refs"]),
    ]),
  );
  return [...new Set([...found.keys(), ...counted.keys()])].map((id) => ({
    id,
    counted: counted.get(id) ?? 0,
    found: found.get(id) ?? 0,
  }));
}

function textOf(row: Row, name: string): string {
  return Buffer.from(row[name] as Uint8Array).toString("latin1");
}

function checkIntegrity(path: string): readonly string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare("pragma integrity_check").all();
  database.close();
  return rows.map((row) => String(row["integrity_check"])).filter((line) => line !== "ok");
}

/** The value, or undefined where there is none. */
export function decodedOf(encoded: string | undefined): unknown {
  return encoded === undefined ? undefined : decodeValue(encoded);
}

export function eventsOf({ events }: Evidence, runId: string): readonly CommittedEvent[] {
  return events.filter((event) => event.runId === runId);
}
