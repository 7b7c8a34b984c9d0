import { ERRORS, type ErrorCode, type ErrorDetails, isPerdureError, perdureError } from "../core/errors.ts";

/** An error on its way to another process. */
export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** What is none of our errors is a defect on this side, and says so on the other. */
export function sentError(error: unknown): SentError {
  const ours = isPerdureError(error) ? error : perdureError("INTERNAL", { problem: problemOf(error) });
  return { code: ours.code, message: ours.message, details: ours.details };
}

/** The error as it was thrown: the code gives the status, and the sentence is the sender's, who filled it. */
export function receivedError({ code, message, details }: SentError): Error {
  if (!Object.hasOwn(ERRORS, code)) return perdureError("INTERNAL", { problem: message });
  const error = perdureError(code, details);
  error.message = message;
  return error;
}

function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
