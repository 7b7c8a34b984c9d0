/**
 * Where in the code something was asked. Between there and us lie the frames of a client, more than an error keeps by default.
 */
const FRAMES = 50;

/** @param below - The function of ours that was called; it and whatever it called are left out. */
export function stackOfCaller(below: (...parameters: never[]) => unknown): string {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  try {
    const holder: { stack?: string } = {};
    Error.captureStackTrace(holder, below);
    return holder.stack ?? "";
  } finally {
    Error.stackTraceLimit = before;
  }
}
