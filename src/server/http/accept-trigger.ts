import { z } from "zod";
import { decodeValue, encodeValue } from "../../core/codec.ts";
import { defined } from "../../core/defined.ts";
import { type Duration, parseDuration, parseInstant } from "../../core/duration.ts";
import { perdureError } from "../../core/errors.ts";
import type { TriggerRequest, TriggerRequestOptions } from "../../core/trigger-request.ts";
import { accept } from "../../protocol/index.ts";

/** The payload is the name of one that was uploaded. */
const STORED = "application/store";

/** What Trigger.dev's API takes with a run and we can enforce; the limits of each are those of `protocol/schemas.ts`. */
const options = z.strictObject({
  payloadType: z.enum(["application/json", "application/super+json", "text/plain", STORED]).nullish(),
  /** Told by its SDK; ours is counted. */
  payloadSize: z.number().nullish(),
  queue: z.strictObject({ name: z.string() }).nullish(),
  delay: z.string().nullish(),
  ttl: z.union([z.string(), z.number()]).nullish(),
  idempotencyKey: z.string().nullish(),
  idempotencyKeyTTL: z.string().nullish(),
  /** How the key came about: of use to people who look at it, and to nothing else. */
  idempotencyKeyOptions: z.object({ key: z.unknown(), scope: z.string() }).nullish(),
  maxAttempts: z.number().nullish(),
  maxDuration: z.number().nullish(),
  metadata: z.unknown().optional(),
  metadataType: z.string().nullish(),
  tags: z.union([z.string(), z.array(z.string())]).nullish(),
  priority: z.number().nullish(),
});

const body = z.strictObject({ payload: z.unknown().optional(), options: options.nullish() });

export const TRIGGER_OPTIONS: readonly string[] = Object.keys(options.shape);

type Options = z.infer<typeof options>;

/**
 * A request for a run in the words of Trigger.dev's API.
 *
 * @throws {PerdureError} `OPTION_UNSUPPORTED` for an option that we would have to ignore, `OPTION_INVALID`, `DURATION_INVALID`,
 * `VALUE_NOT_SERIALIZABLE`, `VALUE_TOO_LARGE`.
 */
export function acceptTrigger(task: string, input: unknown, now: number): TriggerRequest {
  const { payload, options: given } = accept(`trigger of ${task}`, body, dropUndefinedOptions(input));
  const request = { task, options: given ? requestOptions(given, now) : {} };
  if (given?.payloadType === STORED) return { ...request, packet: packetNamed(task, payload) };
  return { ...request, ...defined({ payload: encodePayload(task, payload, given?.payloadType) }) };
}

/** `null` and an empty text are how its clients say nothing. */
function dropUndefinedOptions(input: unknown): unknown {
  const { options: given } = (input ?? {}) as { readonly options?: unknown };
  if (typeof given !== "object" || given === null) return input;
  const said = Object.entries(given).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return { ...(input as object), options: Object.fromEntries(said) };
}

function packetNamed(task: string, payload: unknown): string {
  if (typeof payload === "string" && payload !== "") return payload;
  const problem = "payload must be the storagePath of an uploaded value";
  throw perdureError("OPTION_INVALID", { what: `trigger of ${task}`, problem });
}

function encodePayload(task: string, payload: unknown, type: Options["payloadType"]): string | undefined {
  const what = `The payload for task ${task}`;
  if (payload === undefined || payload === null) return payload === null ? encodeValue(null, what) : undefined;
  if (typeof payload !== "string" || type === undefined || type === null || type === "text/plain")
    return encodeValue(payload, what);
  return encodeValue(type === "application/json" ? parsed(payload, what) : superParsed(payload, what), what);
}

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw perdureError("VALUE_NOT_SERIALIZABLE", { what, problem: (error as Error).message }, { cause: error });
  }
}

function superParsed(text: string, what: string): unknown {
  try {
    return decodeValue(text);
  } catch (error) {
    throw perdureError("VALUE_NOT_SERIALIZABLE", { what, problem: (error as Error).message }, { cause: error });
  }
}

function requestOptions(given: Options, now: number): TriggerRequestOptions {
  const { tags } = given;
  return defined({
    queue: given.queue?.name,
    priority: given.priority ?? undefined,
    dueAt: given.delay ? parseInstant(given.delay as Duration, now, "delay") : undefined,
    ttlMs: given.ttl === undefined || given.ttl === null ? undefined : ttlMs(given.ttl),
    idempotencyKey: given.idempotencyKey ?? undefined,
    idempotencyKeyTtlMs: given.idempotencyKeyTTL
      ? parseDuration(given.idempotencyKeyTTL as Duration, "idempotencyKeyTTL")
      : undefined,
    maxAttempts: given.maxAttempts ?? undefined,
    maxDurationSeconds: given.maxDuration ?? undefined,
    tags: tags ? (typeof tags === "string" ? [tags] : tags) : undefined,
    metadata: metadataText(given),
  });
}

/** A number is seconds. */
function ttlMs(ttl: string | number): number {
  return parseDuration(typeof ttl === "number" ? { seconds: ttl } : (ttl as Duration), "ttl");
}

/** An object, or its text; whether it is one that a run can have is checked with the other options. */
function metadataText({ metadata, metadataType }: Options): string | undefined {
  if (metadata === undefined) return undefined;
  if (typeof metadata !== "string") return JSON.stringify(metadata);
  return metadataType === "application/super+json" ? JSON.stringify(superParsed(metadata, "The metadata")) : metadata;
}
