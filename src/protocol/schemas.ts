import { z } from "zod";
import { type IdKind, isId } from "../core/ids.ts";
import { isName, LIMITS, nameRule } from "../core/limits.ts";
import { RUN_STATUSES } from "../core/run-state.ts";

/** Of the longest instant and span that a date can hold. */
const LATEST = 8.64e15;

const id = (kind: IdKind) =>
  z
    .string()
    .max(LIMITS.nameCharacters)
    .refine((given) => isId(kind, given), `is not the id of a ${kind}`);
const text = (limit: number) => z.string().refine((given) => isName(given, limit), nameRule(limit));
const name = text(LIMITS.nameCharacters);
const tag = text(LIMITS.tagCharacters);
const instant = z.number().int().min(0).max(LATEST);
const spanMs = z.number().min(0).max(LATEST);
const seq = z.number().int().min(0);

const metadata = z.string().max(LIMITS.metadataCharacters).refine(isJsonObject, "must be a JSON object");

const triggerOptions = z.strictObject({
  queue: name.exactOptional(),
  priority: z
    .number()
    .min(0)
    .max(LATEST / 1_000)
    .exactOptional(),
  dueAt: instant.exactOptional(),
  delayMs: spanMs.exactOptional(),
  ttlMs: spanMs.exactOptional(),
  idempotencyKey: text(LIMITS.idempotencyKeyCharacters).exactOptional(),
  idempotencyKeyTtlMs: spanMs.exactOptional(),
  maxAttempts: z.number().int().min(1).max(LIMITS.attempts).exactOptional(),
  maxDurationSeconds: z
    .number()
    .positive()
    .max(LATEST / 1_000)
    .exactOptional(),
  tags: z.array(tag).max(LIMITS.tags).exactOptional(),
  metadata: metadata.exactOptional(),
});

/** The payload's size is checked before the schema sees it. */
const request = z.strictObject({ task: name, payload: z.string().exactOptional(), options: triggerOptions });

const requests = {
  requests: z.array(request).min(1).max(LIMITS.batchItems),
  runIds: z.array(id("run")).max(LIMITS.batchItems),
  batchId: id("batch").exactOptional(),
};

/** Of a trigger from within a run, the part that user code wrote. */
export const requestsSchema = z
  .strictObject(requests)
  .refine(isOneIdEach, "runIds: give one of its own for each request");
export const triggerSchema = z
  .strictObject({ ...requests, parentRunId: id("run").exactOptional() })
  .refine(isOneIdEach, "runIds: give one of its own for each request");

export const runSchema = z.strictObject({ runId: id("run") });
export const replaySchema = z.strictObject({
  runId: id("run"),
  newRunId: id("run"),
  payload: z.string().exactOptional(),
});
export const awaitSchema = z.strictObject({ runId: id("run"), waitMs: spanMs });
export const eventsSchema = z.strictObject({
  runId: id("run"),
  afterSeq: seq,
  limit: z.number().int().min(1).max(LIMITS.listEvents),
});

export const logsSchema = z.strictObject({
  runId: id("run"),
  after: seq,
  limit: z.number().int().min(1).max(LIMITS.logs.listLines),
  waitMs: spanMs,
});

export const listSchema = z.strictObject({
  limit: z.number().int().min(1).max(LIMITS.listRuns),
  after: id("run").exactOptional(),
  statuses: z.array(z.enum(RUN_STATUSES)).max(RUN_STATUSES.length).exactOptional(),
  tasks: z.array(name).max(LIMITS.listRuns).exactOptional(),
  queues: z.array(name).max(LIMITS.listRuns).exactOptional(),
  tag: tag.exactOptional(),
  batchId: id("batch").exactOptional(),
  createdFrom: instant.exactOptional(),
  createdTo: instant.exactOptional(),
});

function isOneIdEach({ requests, runIds }: { requests: readonly unknown[]; runIds: readonly string[] }): boolean {
  return runIds.length === requests.length && new Set(runIds).size === runIds.length;
}

function isJsonObject(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  } catch {
    return false;
  }
}
