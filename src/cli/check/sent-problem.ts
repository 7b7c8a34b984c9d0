import { ERRORS, type ErrorCode, isPerdureError, perdureError, recalledError } from "../../core/errors.ts";

/** An error on its way out of the process of a performance. */
export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
}

export function sentProblem(error: unknown): SentError {
  const problem = error instanceof Error ? error.message : String(error);
  const { code, message } = isPerdureError(error) ? error : perdureError("INTERNAL", { problem });
  return { code, message };
}

export function receivedProblem({ code, message }: SentError): Error {
  return recalledError(Object.hasOwn(ERRORS, code) ? code : "INTERNAL", message);
}
