import { type Duration, parseDuration, parseInstant } from "../core/duration.ts";
import { perdureError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { TriggerRequestOptions } from "../protocol/client-calls.ts";

/** Options of one trigger. Those that are absent take the task's own, then the defaults of the instance. */
export interface TriggerOptions {
  /** Same key, same task: the first run is returned and nothing new is made, unless that run has failed. Inside a run the key counts within that run. */
  idempotencyKey?: string;
  /** How long the key leads to the first run. Default: 30 days. */
  idempotencyKeyTTL?: Duration;
  /** Attempts in all. Default: the task's `retry.maxAttempts`. */
  maxAttempts?: number;
  /** Name of the queue. Default: the task's. */
  queue?: string;
  /** Earliest start: a date, or a duration from now. */
  delay?: Date | Duration;
  /** A run that has not started within this time (seconds, or a duration) after its earliest start fails as expired; 0 is none. */
  ttl?: number | Duration;
  /** Seconds of head start over runs triggered at the same time. Default: 0. */
  priority?: number;
  /** At most 10, of at most 128 characters each. */
  tags?: string | readonly string[];
  /** A JSON object that the run starts with; at most 256 KB. */
  metadata?: Record<string, unknown>;
  /** Seconds of executing time that one attempt may take. */
  maxDuration?: number;
}

const KNOWN: ReadonlySet<string> = new Set<keyof TriggerOptions>([
  "idempotencyKey",
  "idempotencyKeyTTL",
  "maxAttempts",
  "queue",
  "delay",
  "ttl",
  "priority",
  "tags",
  "metadata",
  "maxDuration",
]);

/**
 * The options as the wire carries them.
 *
 * @throws {PerdureError} `OPTION_UNSUPPORTED` for an option that nothing would enforce, `DURATION_INVALID`, `OPTION_INVALID`, `VALUE_TOO_LARGE`.
 */
export function toRequestOptions(options: TriggerOptions, task: string): TriggerRequestOptions {
  refuseUnknown(options, KNOWN, `trigger of ${task}`);
  const { idempotencyKey, idempotencyKeyTTL, maxAttempts, queue, delay, ttl, priority, tags, metadata, maxDuration } =
    options;
  return {
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(idempotencyKeyTTL === undefined
      ? {}
      : { idempotencyKeyTtlMs: parseDuration(idempotencyKeyTTL, "idempotencyKeyTTL") }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(queue === undefined ? {} : { queue }),
    ...(delay === undefined ? {} : toDelay(delay)),
    ...(ttl === undefined ? {} : { ttlMs: ttlMs(ttl) }),
    ...(priority === undefined ? {} : { priority }),
    ...(tags === undefined ? {} : { tags: typeof tags === "string" ? [tags] : [...tags] }),
    ...(metadata === undefined ? {} : { metadata: encodeMetadata(metadata) }),
    ...(maxDuration === undefined ? {} : { maxDurationSeconds: maxDuration }),
  };
}

/** @throws {PerdureError} `OPTION_UNSUPPORTED` naming the first that is not known. */
export function refuseUnknown(options: object, known: ReadonlySet<string>, what: string): void {
  for (const [option, given] of Object.entries(options)) {
    if (given !== undefined && !known.has(option)) throw perdureError("OPTION_UNSUPPORTED", { what, option });
  }
}

/** A TTL as the reference SDK takes it: a number is seconds, 0 is none. */
export function ttlMs(ttl: number | Duration): number {
  return typeof ttl === "number" ? parseDuration({ seconds: ttl }, "ttl") : parseDuration(ttl, "ttl");
}

/** @throws {PerdureError} `VALUE_NOT_SERIALIZABLE` unless it is a JSON object, `VALUE_TOO_LARGE` beyond 256 KB. */
export function encodeMetadata(metadata: Record<string, unknown>): string {
  const isObject = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata);
  if (!isObject) throw perdureError("VALUE_NOT_SERIALIZABLE", { what: "The metadata", problem: "it is not an object" });
  let text: string;
  try {
    text = JSON.stringify(metadata);
  } catch (error) {
    throw perdureError(
      "VALUE_NOT_SERIALIZABLE",
      { what: "The metadata", problem: (error as Error).message },
      { cause: error },
    );
  }
  const limit = LIMITS.metadataCharacters;
  if (text.length > limit) throw perdureError("VALUE_TOO_LARGE", { what: "The metadata", size: text.length, limit });
  return text;
}

/** A delay that is a span counts from the node's clock, not from ours. */
export function toDelay(delay: Date | Duration, what = "delay"): { dueAt: number } | { delayMs: number } {
  const isInstant = delay instanceof Date || (typeof delay === "string" && /^\d{4}-/.test(delay));
  return isInstant ? { dueAt: parseInstant(delay, 0, what) } : { delayMs: parseDuration(delay, what) };
}
