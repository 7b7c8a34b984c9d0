import { type ErrorCode, isPerdureError, perdureError, recalledError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/** Why an attempt, a step or a run ended badly; what is stored, shown and handed to a waiting parent. */
export interface Failure {
  readonly kind: FailureKind;
  /** Set when the failure is one of ours. */
  readonly code?: ErrorCode;
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: Failure;
  /** How the user's code steered: it asked for no retry, or for one at an instant. */
  readonly steer?: { readonly kind: "abort" } | { readonly kind: "retry-at"; readonly at: number };
}

export const FAILURE_KINDS = ["error", "timed_out", "crashed", "expired", "canceled", "bad_input", "diverged"] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

const ABORT = Symbol.for("perdure.abort-task-run");
const RETRY_AFTER = Symbol.for("perdure.retry-after");
const DEEPEST_CAUSE = 5;

/** Throw it in a task to end the run as failed without another attempt. */
export class AbortTaskRunError extends Error {
  readonly [ABORT] = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AbortTaskRunError";
  }
}

/** Throw it in a task to have the next attempt, if one remains, at a time of your choice. */
export class RetryAfterError extends Error {
  readonly [RETRY_AFTER] = true;
  /** Earliest start of the next attempt. */
  readonly retryAt: Date;

  constructor(message: string, retryAt: Date, options?: ErrorOptions) {
    super(message, options);
    this.name = "RetryAfterError";
    this.retryAt = retryAt;
  }
}

/** Thrown by `triggerAndWait(…).unwrap()` when the child did not complete; `cause` is the child's error. */
export class SubtaskUnwrapError extends Error {
  readonly taskId: string;
  readonly runId: string;

  constructor(taskId: string, runId: string, cause: unknown) {
    super(`Error in ${taskId}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "SubtaskUnwrapError";
    this.taskId = taskId;
    this.runId = runId;
  }
}

/** The failure that something thrown stands for. Anything can be thrown; nothing of it is lost but what exceeds the limit. */
export function failureOf(thrown: unknown, kind: FailureKind = "error", depth = 0): Failure {
  try {
    return readFailure(thrown, kind, depth);
  } catch {
    return { kind, name: "Error", message: "What was thrown cannot be read." };
  }
}

function readFailure(thrown: unknown, kind: FailureKind, depth: number): Failure {
  if (!(thrown instanceof Error)) {
    return { kind, name: typeof thrown === "string" ? "String" : "NonError", message: clip(describe(thrown)) };
  }
  const steer = steerOf(thrown);
  const hasCause = thrown.cause !== undefined && depth < DEEPEST_CAUSE;
  return {
    kind,
    ...(isPerdureError(thrown) ? { code: thrown.code } : {}),
    name: clip(String(thrown.name)),
    message: clip(String(thrown.message)),
    ...(thrown.stack === undefined ? {} : { stack: clip(String(thrown.stack)) }),
    ...(hasCause ? { cause: failureOf(thrown.cause, kind, depth + 1) } : {}),
    ...(steer === undefined ? {} : { steer }),
  };
}

/** A failure of ours, by its code. */
export function failureOfCode(kind: FailureKind, code: ErrorCode, details?: Record<string, string | number>): Failure {
  const { name, message } = perdureError(code, details);
  return { kind, code, name, message };
}

/** The error that user code sees when a recorded failure is released to it: same name, message, stack and steering. */
export function errorOf(failure: Failure): Error {
  const cause = failure.cause === undefined ? undefined : { cause: errorOf(failure.cause) };
  const error = emptyError(failure, cause);
  error.name = failure.name;
  if (failure.stack !== undefined) error.stack = failure.stack;
  return error;
}

function emptyError({ code, message, steer }: Failure, cause: ErrorOptions | undefined): Error {
  if (code !== undefined) return recalledError(code, message, cause);
  if (steer?.kind === "abort") return new AbortTaskRunError(message, cause);
  if (steer?.kind === "retry-at") return new RetryAfterError(message, new Date(steer.at), cause);
  return new Error(message, cause);
}

function steerOf(thrown: Error): Failure["steer"] {
  if (ABORT in thrown) return { kind: "abort" };
  if (!(RETRY_AFTER in thrown)) return undefined;
  // Code without types may have given a string or a number, which a date can be made of, or nothing that makes sense.
  const at = new Date((thrown as RetryAfterError).retryAt).getTime();
  return Number.isNaN(at) ? undefined : { kind: "retry-at", at };
}

function describe(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  try {
    return JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return Object.prototype.toString.call(thrown);
  }
}

function clip(text: string): string {
  return text.length > LIMITS.failureCharacters ? `${text.slice(0, LIMITS.failureCharacters)}…` : text;
}
