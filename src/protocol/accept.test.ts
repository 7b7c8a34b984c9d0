import { describe, expect, it } from "vitest";
import { createId } from "../core/ids.ts";
import { LIMITS } from "../core/limits.ts";
import { createVirtualEnv } from "../testing/virtual-env.ts";
import { accept } from "./accept.ts";
import type { TriggerRequestOptions } from "./client-calls.ts";
import { eventsSchema, listSchema, requestsSchema, runSchema, triggerSchema } from "./schemas.ts";

const env = createVirtualEnv();
const runId = createId("run", env);
const trigger = (options: object, more: object = {}) =>
  accept("trigger", triggerSchema, { requests: [{ task: "import", options }], runIds: [runId], ...more });

describe("a call's input", () => {
  it("is taken as it is when all is well", () => {
    const options: Required<TriggerRequestOptions> = {
      queue: "paid",
      priority: 1.5,
      dueAt: 1,
      delayMs: 0,
      ttlMs: 1,
      idempotencyKey: "k",
      idempotencyKeyTtlMs: 1,
      maxAttempts: 1,
      maxDurationSeconds: 0.5,
      tags: ["a"],
      metadata: '{"a":1}',
    };
    const input = { requests: [{ task: "import", payload: '{"json":1}', options }], runIds: [runId] };
    expect(accept("trigger", triggerSchema, input)).toEqual(input);
    expect(accept("trigger", requestsSchema, input)).toEqual(input);
  });

  it("names the option that we would have to ignore", () => {
    const unsupported = (option: string) =>
      expect.objectContaining({ code: "OPTION_UNSUPPORTED", details: { what: "trigger", option } });
    expect(() => trigger({ machine: "large" })).toThrow(unsupported("requests.0.options.machine"));
    expect(() => trigger({}, { region: "eu" })).toThrow(unsupported("region"));
  });

  it.each<[string, unknown]>([
    ["queue", ""],
    ["queue", "x".repeat(LIMITS.nameCharacters + 1)],
    ["priority", -1],
    ["priority", "high"],
    ["dueAt", Number.NaN],
    ["delayMs", -1],
    ["delayMs", 0.5],
    ["delayMs", 1_000 * 365 * 24 * 3_600_000 + 1],
    ["delayMs", undefined],
    ["ttlMs", Number.POSITIVE_INFINITY],
    ["idempotencyKey", ""],
    ["idempotencyKey", "x".repeat(LIMITS.idempotencyKeyCharacters + 1)],
    ["maxAttempts", 0],
    ["maxAttempts", LIMITS.attempts + 1],
    ["maxDurationSeconds", 0],
    ["tags", Array.from({ length: LIMITS.tags + 1 }, (_, i) => `t${i}`)],
    ["tags", ["x".repeat(LIMITS.tagCharacters + 1)]],
    ["tags", [""]],
    ["metadata", "x".repeat(LIMITS.metadataCharacters + 1)],
    ["metadata", "[1]"],
    ["metadata", "null"],
    ["metadata", "{"],
  ])("says what is wrong with %s", (option, given) => {
    const invalid = expect.objectContaining({
      code: "OPTION_INVALID",
      message: expect.stringContaining(`requests.0.options.${option}`),
    });
    expect(() => trigger({ [option]: given })).toThrow(invalid);
  });

  it.each<[string, object]>([
    ["no request", { requests: [], runIds: [] }],
    ["fewer ids than requests", { runIds: [] }],
    ["an id of another kind", { runIds: [createId("batch", env)] }],
    ["an overlong id", { runIds: [`run_${"x".repeat(200)}`] }],
    [
      "the same id twice",
      {
        requests: [
          { task: "a", options: {} },
          { task: "a", options: {} },
        ],
        runIds: [runId, runId],
      },
    ],
    ["a batch's id of another kind", { batchId: runId }],
    ["a parent's id of another kind", { parentRunId: "42" }],
  ])("refuses %s", (_, more) => {
    expect(() => trigger({}, more)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });

  it("refuses a batch beyond the limit", () => {
    const requests = Array.from({ length: LIMITS.batchItems + 1 }, () => ({ task: "a", options: {} }));
    const runIds = requests.map(() => createId("run", env));
    expect(() => trigger({}, { requests, runIds })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });

  it("has limits on pages", () => {
    expect(() => accept("list", listSchema, { limit: LIMITS.listRuns + 1 })).toThrow("limit");
    expect(() => accept("list", listSchema, { limit: 1, statuses: ["delayed"] })).toThrow("statuses.0");
    expect(() => accept("events", eventsSchema, { runId, afterSeq: -1, limit: 1 })).toThrow("afterSeq");
  });

  it("is an object at all", () => {
    expect(() => accept("retrieve", runSchema, "run_1")).toThrow("retrieve: ");
  });
});
