import { type ErrorCode, type ErrorDetails, isPerdureError, type PerdureError, perdureError } from "../core/errors.ts";
import { problemOf } from "./sqlite-errors.ts";

/** One verb to run, as it crosses to the thread that owns the database. */
export interface Call {
  readonly verb: string;
  readonly params: unknown;
  /** Characters in its parameters, about; batches are cut by it. */
  readonly size: number;
}

/** What became of a call, as it crosses back: an error loses its code and details on the way, so it travels in parts. */
export type Outcome = { readonly result: unknown } | { readonly error: SentError };

interface SentError {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly stack?: string;
}

/** Whatever a verb threw, as an outcome. What is not an error of ours is a defect of ours. */
export function rejected(thrown: unknown): { readonly error: SentError } {
  const { code, details } = isPerdureError(thrown) ? thrown : perdureError("INTERNAL", { problem: problemOf(thrown) });
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return { error: { code, details, ...(stack === undefined ? {} : { stack }) } };
}

export function errorOfOutcome({ error }: { readonly error: SentError }): PerdureError {
  const { code, details, stack } = error;
  const cause = stack === undefined ? undefined : { cause: Object.assign(new Error(code), { stack }) };
  return perdureError(code, details, cause);
}

/** The result of a call, or its error thrown. */
export function settled(outcome: Outcome): unknown {
  if ("error" in outcome) throw errorOfOutcome(outcome);
  return outcome.result;
}
