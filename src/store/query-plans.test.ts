import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../core/limits.ts";
import { DEFAULT_RETRY } from "../core/retry.ts";
import { STEPS, toCall } from "./conformance/model/calls.ts";
import { ask } from "./conformance/model/oracle.ts";
import { createModel } from "./conformance/model/state.ts";
import type { KeyWrites } from "./key-verbs.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { render, type Sql } from "./sql.ts";
import type { StoreReads, StoreWrites } from "./store.ts";
import { type Row, runSync, type Verb } from "./verb.ts";
import { reads, writes } from "./verbs.ts";

/** Enough for every branch of every verb to be taken. */
const HISTORIES = 60;

const here = { environmentId: "env", runId: "run_1", now: 5_000, limit: 10 };
const READS: { readonly [Name in keyof StoreReads]: readonly Parameters<StoreReads[Name]>[0][] } = {
  findRun: [here],
  listRuns: [here, { ...here, after: "run_1" }, { ...here, batchId: "batch" }, { ...here, parentRunId: "run_1" }],
  listFailures: [{ ...here, task: "a", from: 1_000, until: 2_000 }],
  countRuns: [here],
  listOpenVersions: [here],
  listRunEvents: [{ ...here, afterSeq: 0 }],
  findLastEvent: [{ ...here, kinds: ["run.parked"] }],
  listEntries: [{ ...here, journal: 1, afterSeq: 0, limit: LIMITS.journal.pageEntries }],
  listJournals: [here],
  listPlacedEntries: [{ ...here, journal: 1 }],
  listUnanswered: [{ ...here, journal: 1 }],
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
  findBatch: [{ ...here, batchId: "batch_1" }],
  surveyQueues: [here, { ...here, names: ["narrow"] }],
  findEnvironment: [here],
  countOpenVersions: [here],
  findApiKey: [{ ...here, keyId: "key_1" }],
  findApiKeyBySecret: [{ ...here, secret: "s" }],
  listApiKeys: [here],
};

const KEY = { ...here, id: "key_1", keyId: "key_1", name: "a", secret: "s", lastFour: "s" };
const USE = { ...here, tokenHash: "h", use: "a", runIds: [], expiresAt: 1 };
const KEY_WRITES: { readonly [Name in keyof KeyWrites]: Parameters<KeyWrites[Name]>[0] } = {
  createApiKey: KEY,
  revokeApiKey: KEY,
  noteKeyUse: KEY,
  useToken: USE,
};

const run = {
  ...{ id: "run_1", task: "a", queue: "q", tags: [], retry: DEFAULT_RETRY, priorityMs: 0, dueAt: 1, depth: 0 },
  ...{ onDivergence: "fail" as const, batchId: "batch_1" },
};
const batch = { ...here, batchId: "batch_1", id: "batch_1", runCount: 1, idempotencyKey: "k", idempotentUntil: 9e9 };
const lease = { ...here, runId: "run_5", epoch: 1 };
const records = { firstSeq: 1, entries: [{ kind: "timer", key: "a", outcome: "completed" }], waitpoints: [] };
/** What random histories have no part of, in an order in which each finds something. */
const OTHERS: readonly (readonly [keyof StoreWrites, object])[] = [
  ["createRuns", { ...here, runs: [{ ...run, id: "run_2", requestKey: "r", dueAt: 9_000 }] }],
  ["createRuns", { ...here, runs: [{ ...run, id: "run_3", requestKey: "r" }] }],
  ["createBatch", { ...batch, id: "batch_2", requestKey: "q", idempotencyKey: "old", idempotentUntil: 1 }],
  ["createBatch", { ...batch, requestKey: "r" }],
  ["createBatch", { ...batch, id: "batch_3", requestKey: "q" }],
  ["putBatchItems", { ...batch, runs: [run], places: [0], maxSize: 1_000 }],
  ["deleteBatches", { ...here, before: 9_000, unsealedBefore: 9_000 }],
  ["changeMetadata", { ...here, changes: [{ op: "set", key: "a", value: 1 }], changeId: "c", maxSize: 1_000 }],
  ["addTags", { ...here, tags: ["t"] }],
  ["rescheduleRun", { ...here, runId: "run_2", dueAt: 9_999, details: "{}" }],
  ["resetIdempotencyKey", { ...here, task: "a", key: "k" }],
  ["cancelRun", { ...here, epoch: 0 }],
  ["createRuns", { ...here, runs: [{ ...run, id: "run_5", dueAt: 1 }] }],
  ["leaseRuns", { ...here, workerId: "w", leaseId: "l", tasks: ["a"], leaseMs: 1 }],
  ["retryRun", { ...lease, append: records, failure: {}, dueAt: 1 }],
  ["leaseRuns", { ...here, workerId: "w", leaseId: "l", tasks: ["a"], leaseMs: 1 }],
  ["retryRun", { ...lease, epoch: 2, append: { ...records, firstSeq: 2 }, failure: {}, dueAt: 1, resumeBefore: "a" }],
  ["leaseRuns", { ...here, workerId: "w", leaseId: "l", tasks: ["a"], leaseMs: 1 }],
  ["restartRun", { ...lease, epoch: 3 }],
  ["leaseRuns", { ...here, workerId: "w", leaseId: "l", tasks: ["a"], leaseMs: 1 }],
  ["completeRun", { ...lease, epoch: 4, append: { ...records, firstSeq: 3 } }],
  ["deleteRecords", { ...here, before: 9_000, limit: 1 }],
  ["deleteRecords", { ...here, before: 9_000, limit: 2 }],
  ["deleteRuns", { ...here, before: 9_000 }],
];

const seal = {
  close: (text: string) => new TextEncoder().encode(` ${text}`),
  open: (bytes: Uint8Array) => new TextDecoder().decode(bytes).slice(1),
  derive: (purpose: string) => purpose,
};

/** A table from end to end, or all of it that is one environment's. SQLite takes both for short as long as it has no statistics. */
const WIDE =
  /SCAN (?:runs|run_events|entries|waitpoints|waitpoint_runs|queues|idempotency_keys|blobs|batches|batch_items|api_keys|used_tokens)\b|\(environment_id=\?\)$/;

const ALLOWED: readonly { readonly why: string; readonly step: RegExp; readonly text: RegExp }[] = [
  { why: "pages in the order of the index", step: /runs_newest/, text: /order by created_at desc, id desc limit/ },
  { why: "pages through the keys, newest first", step: /api_keys_newest/, text: /from api_keys/ },
  { why: "counts", step: /runs_(?:finished|due|lease|waiting) /, text: /^\s*select status, count/ },
  {
    why: "looks at the versions of open runs, and at nothing else",
    step: /COVERING INDEX runs_open_version/,
    text: /select distinct task_version/,
  },
  { why: "takes the first", step: /runs_leases|waitpoints_due/, text: /select min\((?:lease_until|due_at)\)/ },
  { why: "takes the first", step: /runs_automatic/, text: /select finished_at from runs .* limit 1/s },
  { why: "looks at what executes, which is little", step: /runs_leases/, text: /status = 'executing'/ },
  { why: "takes the first", step: /batches_runless/, text: /order by created_at limit 1/ },
  { why: "looks at the queues, which are few", step: /queues/, text: /had_limit = 1|^\s*select 'row' as counted/ },
  {
    why: "surveys open runs, apart from all else",
    step: /runs_(?:executing|waiting) /,
    text: /^\s*select 'row' as counted/,
  },
  { why: "is one row: its key is the environment alone", step: /autoindex_environments/, text: /environments/ },
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
  for (const [verb, params] of OTHERS) run(writes[verb] as Verb, params);
  for (const [name, params] of Object.entries(KEY_WRITES)) run(writes[name as keyof KeyWrites] as Verb, params);
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

  it.each([
    ["entries with a place of their own", /place is not null/, /INDEX entries_placed \(.*run_id=\? AND journal=\?\)/],
    ["final runs with automatic records", /finished_at < .*limit/s, /INDEX runs_automatic \(.*finished_at<\?\)/],
    [
      "unanswered requests, with one look at the journal",
      /'sent', 'request'/,
      /^SEARCH runs.*\nSEARCH entries[^\n]*run_id=\?/,
    ],
  ])("and %s by the index that is theirs", (_, text, index) => {
    const found = [...plans].filter(([query]) => text.test(query) && /automatic = 1|place is not/.test(query));
    expect(found).toHaveLength(1);
    expect(found[0]?.[1]).toMatch(index);
  });

  it.each([
    [false, /runs_ready_version .*task_version=/],
    [true, /INDEX runs_ready \(/],
  ])("and what is ready for a worker without reading the backlog of other versions (latest: %s)", (isLatest, index) => {
    const planner = createPlanner();
    const call = { ...here, leaseId: "lease_1", workerId: "w", tasks: ["a"], leaseMs: 1, lane: "shared" };
    planner.run(writes.leaseRuns as Verb, { ...call, version: { id: "v", isLatest } });
    const [, plan] = [...planner.plans].find(([text]) => text.includes("limited = 0")) ?? [];
    expect(plan).toMatch(index);
  });
});
