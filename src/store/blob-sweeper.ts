import type { Env } from "../core/env.ts";

export interface Sweeper {
  /** Starts a sweep when the last one is an hour ago; nobody waits for it. */
  sweepWhenDue(): void;
  /** Stops a sweep that is under way, and waits until it has. */
  close(): Promise<void>;
}

/** Bytes without a row that are younger than this may belong to a verb that is on its way. */
export const ORPHAN_AGE_MS = 60 * 60_000;

/** One sweep at a time, of bytes that a crash or a refused verb left behind. */
export function createSweeper(
  env: Env,
  sweep: (signal: AbortSignal) => Promise<void>,
  onProblem?: (error: Error) => void,
): Sweeper {
  const stop = new AbortController();
  let sweptAt: number | undefined;
  let running: Promise<void> | undefined;
  return { sweepWhenDue, close };

  function sweepWhenDue(): void {
    if (running !== undefined || stop.signal.aborted) return;
    if (sweptAt !== undefined && env.monotonic() - sweptAt < ORPHAN_AGE_MS) return;
    sweptAt = env.monotonic();
    running = sweep(stop.signal)
      .catch((error: unknown) => onProblem?.(error instanceof Error ? error : new Error(String(error))))
      .finally(() => {
        running = undefined;
      });
  }

  async function close(): Promise<void> {
    stop.abort();
    await running;
  }
}
