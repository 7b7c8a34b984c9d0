import { type ErrorCode, recalledError } from "../../core/errors.ts";

/** An error of a client's transport as it is kept: enough that code which looks at it cannot tell it from the first. */
export interface RecordedError {
  readonly name: string;
  readonly message: string;
  /** What clients and their users look at: code, errno, syscall, address, port, … */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
  readonly cause?: RecordedError;
  /** Of an `AggregateError`. */
  readonly errors?: readonly RecordedError[];
}

const DEEPEST_CAUSE = 5;
const MOST_ERRORS = 20;
const MOST_CHARACTERS = 8_192;

export function recordError(error: unknown, depth = 0): RecordedError {
  if (!(error instanceof Error)) return { name: "Error", message: clip(String(error)) };
  const details = Object.entries(error).filter(
    (entry): entry is [string, string | number | boolean] =>
      ["string", "number", "boolean"].includes(typeof entry[1]) && entry[0] !== "name" && entry[0] !== "message",
  );
  const isDeep = depth >= DEEPEST_CAUSE;
  return {
    name: error.name,
    message: clip(error.message),
    ...(details.length === 0 ? {} : { details: Object.fromEntries(details) }),
    ...(error.cause === undefined || isDeep ? {} : { cause: recordError(error.cause, depth + 1) }),
    ...(error instanceof AggregateError && !isDeep
      ? { errors: error.errors.slice(0, MOST_ERRORS).map((inner: unknown) => recordError(inner, depth + 1)) }
      : {}),
  };
}

export function recallError({ name, message, details, cause, errors }: RecordedError): Error {
  const options = cause === undefined ? undefined : { cause: recallError(cause) };
  const code = details?.["code"];
  if (name === "PerdureError") return recalledError(code as ErrorCode, message, options);
  const error = emptyError(name, message, errors, options);
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  if (details !== undefined) for (const [key, detail] of Object.entries(details)) define(error, key, detail);
  // By this undici tells its errors from others, whichever copy of it made them.
  if (typeof code === "string" && code.startsWith("UND_ERR"))
    Reflect.set(error, Symbol.for(`undici.error.${code}`), true);
  return error;
}

function emptyError(
  name: string,
  message: string,
  errors: readonly RecordedError[] | undefined,
  options: ErrorOptions | undefined,
): Error {
  if (errors !== undefined) return new AggregateError(errors.map(recallError), message, options);
  if (name === "TypeError") return new TypeError(message, options);
  if (name === "AbortError" || name === "TimeoutError") return new DOMException(message, name);
  return new Error(message, options);
}

/** Some of them, such as the code of a `DOMException`, cannot be written. */
function define(error: Error, key: string, detail: string | number | boolean): void {
  if (!(error instanceof DOMException))
    Object.defineProperty(error, key, { value: detail, configurable: true, writable: true, enumerable: true });
}

function clip(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
