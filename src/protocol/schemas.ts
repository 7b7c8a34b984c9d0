import { z } from "zod";
import { MAX_DURATION_MS } from "../core/duration.ts";
import { type IdKind, isId } from "../core/ids.ts";
import { isName, LIMITS, nameRule } from "../core/limits.ts";
import { PERILOUS_KEYS } from "../core/perilous-keys.ts";
import { RUN_STATUSES } from "../core/run-state.ts";
import { isNestedAtMost } from "../core/size.ts";

/** Of the latest instant that a date can hold. */
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
const spanMs = z.number().int().min(0).max(MAX_DURATION_MS);
const seq = z.number().int().min(0);

const metadata = z
  .string()
  .max(LIMITS.metadataCharacters)
  .refine(isJsonObject, "must be a JSON object, and not nested too deeply");

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

/** Its size is checked before the schema sees it. Encoded values are objects; other text could be the name of a value that lies elsewhere. */
const payload = z.string().startsWith("{", "is not an encoded value");
const requestFields = { task: name, payload: payload.exactOptional(), options: triggerOptions };
const request = z.strictObject(requestFields);
const packet = text(LIMITS.nameCharacters);
const ONE_VALUE = "payload and packet: give one of the two";
const outsideRequest = z
  .strictObject({ ...requestFields, packet: packet.exactOptional() })
  .refine(hasOneValue, ONE_VALUE);
const requestKey = text(LIMITS.idempotencyKeyCharacters);

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
  .strictObject({
    ...requests,
    requests: z.array(outsideRequest).min(1).max(LIMITS.batchItems),
    parentRunId: id("run").exactOptional(),
    requestKey: requestKey.exactOptional(),
  })
  .refine(isOneIdEach, "runIds: give one of its own for each request");

export const runSchema = z.strictObject({ runId: id("run") });
export const replaySchema = z.strictObject({
  runId: id("run"),
  newRunId: id("run"),
  payload: payload.exactOptional(),
  requestKey: requestKey.exactOptional(),
});
export const restartSchema = z.strictObject({ runId: id("run"), requestKey: requestKey.exactOptional() });
export const rescheduleSchema = z
  .strictObject({
    runId: id("run"),
    dueAt: instant.exactOptional(),
    delayMs: spanMs.exactOptional(),
    requestKey: requestKey.exactOptional(),
  })
  .refine(
    ({ dueAt, delayMs }) => (dueAt === undefined) !== (delayMs === undefined),
    "give dueAt or delayMs, one of the two",
  );

const metadataKey = name.refine((key) => !PERILOUS_KEYS.has(key), "must not be a name that all objects have");
const TOO_DEEP = "is nested too deeply";
const isShallow = (value: unknown) => isNestedAtMost(value);
const metadataChange = z.discriminatedUnion("op", [
  z.strictObject({
    op: z.enum(["set", "append", "remove"]),
    key: metadataKey,
    value: z.unknown().refine(isShallow, TOO_DEEP),
  }),
  z.strictObject({ op: z.literal("del"), key: metadataKey }),
  z.strictObject({ op: z.literal("increment"), key: metadataKey, by: z.number() }),
  z.strictObject({ op: z.literal("replace"), value: z.record(z.string(), z.unknown()).refine(isShallow, TOO_DEEP) }),
]);
export const metadataSchema = z.strictObject({
  runId: id("run"),
  changes: z.array(metadataChange).max(LIMITS.metadataChanges),
  requestKey: requestKey.exactOptional(),
});
export const tagsSchema = z.strictObject({ runId: id("run"), tags: z.array(tag).min(1).max(LIMITS.tags) });
export const resetKeySchema = z.strictObject({ task: name, key: text(LIMITS.idempotencyKeyCharacters) });

export const createBatchSchema = z.strictObject({
  batchId: id("batch"),
  runCount: z.number().int().min(1).max(LIMITS.batchItems),
  idempotencyKey: text(LIMITS.idempotencyKeyCharacters).exactOptional(),
  idempotencyKeyTtlMs: spanMs.exactOptional(),
  requestKey: requestKey.exactOptional(),
});
const batchItem = z
  .strictObject({ ...requestFields, packet: packet.exactOptional(), index: seq })
  .refine(hasOneValue, ONE_VALUE);
export const batchItemsSchema = z.strictObject({
  batchId: id("batch"),
  items: z.array(batchItem).min(1).max(LIMITS.batchItems),
});
export const batchSchema = z.strictObject({ batchId: id("batch") });
export const awaitSchema = z.strictObject({ runId: id("run"), waitMs: spanMs });
export const eventsSchema = z.strictObject({
  runId: id("run"),
  afterSeq: seq,
  limit: z.number().int().min(1).max(LIMITS.listEvents),
});

export const journalSchema = z.strictObject({
  runId: id("run"),
  journal: z.number().int().min(1).exactOptional(),
  after: z
    .string()
    .max(LIMITS.nameCharacters)
    .regex(/^\d{12}(?:\.\d{6})*$/, "is not the place of an entry")
    .exactOptional(),
  limit: z.number().int().min(1).max(LIMITS.listEntries),
  withValues: z.boolean().exactOptional(),
});

const end = { ttlMs: spanMs.exactOptional(), expiresAt: instant.exactOptional() };
const isOneEnd = ({ ttlMs, expiresAt }: { ttlMs?: number; expiresAt?: number }) =>
  ttlMs === undefined || expiresAt === undefined;
const ONE_END = "give ttlMs or expiresAt, not both";

export const publicTokenSchema = z
  .strictObject({
    scopes: z.array(text(LIMITS.scopeCharacters)).max(LIMITS.scopes),
    isSingleUse: z.boolean().exactOptional(),
    ...end,
  })
  .refine(isOneEnd, ONE_END);
export const createKeySchema = z.strictObject({ keyId: id("key"), name, ...end }).refine(isOneEnd, ONE_END);
export const listKeysSchema = z.strictObject({});
export const revokeKeySchema = z.strictObject({ keyId: id("key") });
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

function hasOneValue({ payload: given, packet: named }: { payload?: string; packet?: string }): boolean {
  return given === undefined || named === undefined;
}

function isOneIdEach({ requests, runIds }: { requests: readonly unknown[]; runIds: readonly string[] }): boolean {
  return runIds.length === requests.length && new Set(runIds).size === runIds.length;
}

function isJsonObject(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) && isNestedAtMost(parsed);
  } catch {
    return false;
  }
}
