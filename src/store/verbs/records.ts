/**
 * From rows to the records of `core`. Each table of columns says how a column is read; names differ by case alone, and a
 * null is an absent field.
 */

import type { ApiKey } from "../../core/api-key.ts";
import { defined } from "../../core/defined.ts";
import type { Entry, Waitpoint } from "../../core/entry.ts";
import type { Run, RunEvent } from "../../core/run.ts";
import type { Seal } from "../seal.ts";
import type { Row } from "../verb.ts";
import { visibleMetadata } from "./change-metadata.ts";
import { toText } from "./values.ts";

type Reading = "plain" | "json" | "sealed" | "sealed json";
type Columns<Record> = { readonly [Field in keyof Record]-?: Reading };

const RUN: Columns<Run> = {
  id: "plain",
  environmentId: "plain",
  task: "plain",
  queue: "plain",
  status: "plain",
  phase: "plain",
  payload: "sealed",
  output: "sealed",
  failure: "sealed json",
  metadata: "sealed",
  metadataBase: "sealed",
  tags: "json",
  epoch: "plain",
  attempt: "plain",
  retry: "json",
  maxDurationMs: "plain",
  activeMs: "plain",
  priorityMs: "plain",
  orderAt: "plain",
  dueAt: "plain",
  expiresAt: "plain",
  leaseId: "plain",
  leaseUntil: "plain",
  leasedAt: "plain",
  workerId: "plain",
  idempotencyKey: "plain",
  parentRunId: "plain",
  rootRunId: "plain",
  replayOfRunId: "plain",
  batchId: "plain",
  depth: "plain",
  onDivergence: "plain",
  taskVersion: "plain",
  journal: "plain",
  entrySeq: "plain",
  journalBytes: "plain",
  undosOwed: "plain",
  barrenLeases: "plain",
  quarantinedAt: "plain",
  memoryMb: "plain",
  ending: "sealed json",
  cancelRequestedAt: "plain",
  eventSeq: "plain",
  createdAt: "plain",
  startedAt: "plain",
  finishedAt: "plain",
};

const ENTRY: Columns<Entry> = {
  seq: "plain",
  journal: "plain",
  kind: "plain",
  key: "plain",
  outcome: "plain",
  result: "sealed",
  keptSeq: "plain",
  waitpointId: "plain",
  clock: "plain",
  place: "plain",
  epoch: "plain",
  createdAt: "plain",
};

const RUN_EVENT: Columns<RunEvent> = {
  runId: "plain",
  seq: "plain",
  kind: "plain",
  at: "plain",
  epoch: "plain",
  attempt: "plain",
  workerId: "plain",
  details: "sealed",
};

const WAITPOINT: Columns<Waitpoint> = {
  id: "plain",
  runId: "plain",
  journal: "plain",
  entryKey: "plain",
  kind: "plain",
  status: "plain",
  dueAt: "plain",
  remaining: "plain",
  createdAt: "plain",
  completedAt: "plain",
};

/** A run as its worker gets it: with the metadata that its code has made, and nothing that others changed meanwhile. */
export const toLeasedRun = reader(RUN);

export function toRun(row: Row, seal: Seal): Run {
  const run = toLeasedRun(row, seal);
  const metadata = visibleMetadata(run.metadata, row, seal);
  return metadata === run.metadata ? run : { ...run, ...defined({ metadata }) };
}

const API_KEY: Columns<ApiKey> = {
  id: "plain",
  name: "plain",
  secret: "sealed",
  lastFour: "plain",
  createdAt: "plain",
  lastUsedAt: "plain",
  revokedAt: "plain",
  expiresAt: "plain",
};

export const toEntry = reader(ENTRY);
export const toRunEvent = reader(RUN_EVENT);
export const toWaitpoint = reader(WAITPOINT);
export const toApiKey = reader(API_KEY);

/** Columns that the row does not have are absent fields too, so that a statement may select some of them. */
function reader<Record>(columns: Columns<Record>): (row: Row, seal: Seal) => Record {
  const fields = Object.entries<Reading>(columns).map(([field, reading]) => ({
    field,
    reading,
    column: snakeCase(field),
  }));
  return (row, seal) => {
    const record: { [field: string]: unknown } = {};
    for (const { field, reading, column } of fields) {
      const held = row[column];
      if (held !== null && held !== undefined) record[field] = read(held, reading, seal);
    }
    return record as Record;
  };
}

function read(held: string | number | Uint8Array, reading: Reading, seal: Seal): unknown {
  switch (reading) {
    case "plain":
      return held;
    case "json":
      return JSON.parse(held as string);
    case "sealed":
      return toText(held as Uint8Array, seal);
    case "sealed json":
      return JSON.parse(toText(held as Uint8Array, seal));
  }
}

function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
