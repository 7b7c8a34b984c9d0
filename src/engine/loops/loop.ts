import type { Env, Timer } from "../../core/env.ts";

/** A loop does one batch at a time and sleeps until there may be more to do. */
export interface Loop {
  start(): void;
  /** Runs a batch no later than `delayMs` from now; when one is under way, another follows it. */
  wakeIn(delayMs: number): void;
  wake(): void;
  /** Resolves when the batch that is under way has ended; no other follows. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  readonly name: string;
  readonly env: Env;
  /** Does what is due and answers after how many milliseconds there may be more; `undefined` is: not until woken. */
  readonly batch: () => Promise<number | undefined>;
  readonly onProblem: (error: unknown, where: string) => void;
}

const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 30_000;

export function createLoop({ name, env, batch, onProblem }: LoopOptions): Loop {
  let state: "new" | "open" | "stopped" = "new";
  let wantedAt = Number.POSITIVE_INFINITY;
  /** After a failed batch, wake-ups wait too: whoever hints does not know that the database is away. */
  let notBefore = 0;
  let failures = 0;
  let alarm: Timer | undefined;
  let isRunning = false;
  let running: Promise<void> | undefined;

  function wakeIn(delayMs: number): void {
    if (state !== "open") return;
    const at = Math.max(notBefore, env.monotonic() + delayMs);
    if (at >= wantedAt) return;
    wantedAt = at;
    if (!isRunning) setAlarm();
  }

  function setAlarm(): void {
    alarm?.clear();
    alarm = undefined;
    const delayMs = wantedAt - env.monotonic();
    if (delayMs === Number.POSITIVE_INFINITY) return;
    alarm = delayMs > 0 ? env.timer(delayMs, round) : onTurn(env, round);
  }

  function round(): void {
    alarm = undefined;
    wantedAt = Number.POSITIVE_INFINITY;
    isRunning = true;
    running = runBatch().then(() => {
      isRunning = false;
      if (state === "open") setAlarm();
    });
  }

  async function runBatch(): Promise<void> {
    try {
      const delayMs = await batch();
      failures = 0;
      notBefore = 0;
      if (delayMs !== undefined) wakeIn(delayMs);
    } catch (error) {
      const delayMs = Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** failures);
      failures += 1;
      notBefore = env.monotonic() + delayMs;
      wantedAt = Number.POSITIVE_INFINITY;
      wakeIn(delayMs);
      onProblem(error, name);
    }
  }

  return {
    start() {
      if (state !== "new") return;
      state = "open";
      wakeIn(0);
    },
    wakeIn,
    wake: () => wakeIn(0),
    async stop() {
      state = "stopped";
      alarm?.clear();
      await running;
    },
  };
}

/** Hints of one tick become one batch: it begins when the event loop has handled what is ready. */
function onTurn(env: Env, action: () => void): Timer {
  let isCleared = false;
  env.turn(() => {
    if (!isCleared) action();
  });
  return {
    clear() {
      isCleared = true;
    },
  };
}
