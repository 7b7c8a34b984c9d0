/**
 * Where in the code something was asked. Between there and us lie the frames of a client, more than an error keeps by default.
 */
const FRAMES = 50;

/** @param below - The function of ours that was called; it and whatever it called are left out. */
export function stackOfCaller(below: AnyFunction): string {
  return holdStackOfCaller(below).stack ?? "";
}

/** The same for a stack that may never be read: to write it as text takes longer than to take it. */
export function holdStackOfCaller(below: AnyFunction): { readonly stack?: string } {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  try {
    const holder: { stack?: string } = {};
    Error.captureStackTrace(holder, below);
    return holder;
  } finally {
    Error.stackTraceLimit = before;
  }
}

type AnyFunction = (...parameters: never[]) => unknown;
