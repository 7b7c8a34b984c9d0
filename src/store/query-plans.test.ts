import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../core/limits.ts";
import { STEPS, toCall } from "./conformance/model/calls.ts";
import { ask } from "./conformance/model/oracle.ts";
import { createModel } from "./conformance/model/state.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { render, type Sql } from "./sql.ts";
import type { StoreReads } from "./store.ts";
import { type Row, runSync, type Verb } from "./verb.ts";
import { reads, writes } from "./verbs.ts";

/** Enough for every branch of every verb to be taken. */
const HISTORIES = 60;

const here = { environmentId: "env", runId: "run_1", now: 5_000, limit: 10 };
const READS: { readonly [Name in keyof StoreReads]: readonly Parameters<StoreReads[Name]>[0][] } = {
  findRun: [here],
  listRuns: [here, { ...here, after: "run_1" }, { ...here, batchId: "batch" }, { ...here, parentRunId: "run_1" }],
  countRuns: [here],
  listOpenVersions: [here],
  listRunEvents: [{ ...here, afterSeq: 0 }],
  listEntries: [{ ...here, journal: 1, afterSeq: 0, limit: LIMITS.journal.pageEntries }],
  findEntry: [{ ...here, seq: 1 }],
  listStepKeys: [{ ...here, beforeJournal: 2 }],
  listOwedUndos: [here],
  listWaitpoints: [{ ...here, journal: 1 }],
  listChildren: [{ ...here, waitpointId: "waitpoint_1" }],
  countReady: [
    { ...here, tasks: ["a"] },
    { ...here, tasks: ["a"], version: { id: "v", isLatest: true } },
  ],
  nextDue: [here],
  listExpiredLeases: [here],
  listOrphans: [
    { ...here, workerIds: ["worker_1"] },
    { ...here, workerIds: [] },
  ],
  listExpiredRuns: [here],
  listCancelRequested: [here],
};

const seal = {
  close: (text: string) => new TextEncoder().encode(` ${text}`),
  open: (bytes: Uint8Array) => new TextDecoder().decode(bytes).slice(1),
};

/** A table from end to end, or all of it that is one environment's. SQLite takes both for short as long as it has no statistics. */
const WIDE =
  /SCAN (?:runs|run_events|entries|waitpoints|waitpoint_runs|queues|idempotency_keys|blobs)\b|\(environment_id=\?\)$/;

const ALLOWED: readonly { readonly why: string; readonly step: RegExp; readonly text: RegExp }[] = [
  { why: "pages in the order of the index", step: /runs_newest/, text: /order by created_at desc, id desc limit/ },
  { why: "counts", step: /runs_(?:finished|due|lease|waiting) /, text: /^\s*select status, count/ },
  {
    why: "looks at the versions of open runs, and at nothing else",
    step: /COVERING INDEX runs_open_version/,
    text: /select distinct task_version/,
  },
  { why: "takes the first", step: /runs_leases|waitpoints_due/, text: /select min\((?:lease_until|due_at)\)/ },
  { why: "looks at what executes, which is little", step: /runs_leases/, text: /status = 'executing'/ },
  { why: "looks at the queues, which are few", step: /queues/, text: /had_limit = 1/ },
];

/** Runs verbs on SQLite and keeps, for each, how the database went about its statements. */
function createPlanner() {
  const database = new DatabaseSync(":memory:");
  for (const { statements } of MIGRATIONS) for (const statement of statements) database.exec(statement);
  const plans = new Map<string, string>();
  const execute = (query: Sql): readonly Row[] => {
    const { text, values } = render(query, "sqlite");
    if (!plans.has(text)) {
      const steps = database.prepare(`explain query plan ${text}`).all(...values) as { detail: string }[];
      plans.set(text, steps.map(({ detail }) => detail).join("\n"));
    }
    return database.prepare(text).all(...values) as Row[];
  };
  return { plans, run: (verb: Verb, params: unknown) => runSync(verb(params, { seal }), execute) };
}

describe("SQLite finds what a verb asks for", () => {
  const { plans, run } = createPlanner();
  for (const [number, steps] of fc.sample(STEPS, { numRuns: HISTORIES, seed: 1 }).entries()) {
    const model = createModel();
    let now = 1_000;
    for (const [i, step] of steps.entries()) {
      now += step.pause;
      const call = toCall(model, step, { environmentId: `env ${number}`, now, number: i });
      ask(model, call);
      run(writes[call.verb] as Verb, call.params);
    }
  }
  for (const [name, calls] of Object.entries(READS)) {
    for (const params of calls) run(reads[name as keyof StoreReads] as Verb, params);
  }

  it("by an index that leads to it", () => {
    const wide = [...plans].flatMap(([text, plan]) =>
      plan
        .split("\n")
        .filter((step) => WIDE.test(step) && !ALLOWED.some((one) => one.step.test(step) && one.text.test(text)))
        .map((step) => `${step}: ${text.replace(/\s+/g, " ")}`),
    );
    expect(wide).toEqual([]);
    expect(plans.size).toBeGreaterThan(100);
  });
});
