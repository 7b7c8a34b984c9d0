/**
 * Time, chance and waiting, as an interface: whatever the rest of Perdure wants to know about the world that two runs of
 * the same program could see differently, it asks an `Env`.
 *
 * The real one is `system/env.ts`; the virtual one, which runs a ten-day wait in a millisecond and replays a seed byte
 * for byte, is `testing/virtual-env.ts`. `test/tidy.test.ts` keeps direct clocks and chance out of every other file.
 */
export interface Env {
  /** Wall clock, epoch milliseconds. May jump in either direction. */
  now(): number;
  /** Milliseconds since some fixed point of this process. Never goes back, knows nothing of dates. */
  monotonic(): number;
  /** A number in [0, 1). */
  random(): number;
  /** `length` bytes fit for keys and ids. */
  randomBytes(length: number): Uint8Array;
  /** Calls `action` once, after `delayMs` or as soon as possible for delays of zero or less. */
  timer(delayMs: number, action: () => void): Timer;
  /**
   * Calls `action` once the event loop has handled everything that is ready now, microtasks included. Two actions asked in
   * one order are called in that order.
   */
  turn(action: () => void): void;
}

/** A timer that was set; owned, and cleared, by whoever set it. */
export interface Timer {
  clear(): void;
}

/** Resolves after `delayMs`, or at once when `signal` aborts. Never rejects. */
export function sleep(env: Env, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = env.timer(delayMs, done);
    signal?.addEventListener("abort", done, { once: true });
    function done() {
      timer.clear();
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
}

/** Resolves when the event loop has handled everything that is ready now. */
export function nextTurn(env: Env): Promise<void> {
  return new Promise((resolve) => env.turn(resolve));
}
