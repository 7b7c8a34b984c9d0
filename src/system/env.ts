import { randomBytes } from "node:crypto";
import type { Env, Timer } from "../core/env.ts";

/** The longest that `setTimeout` can wait; beyond it fires at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The real world. Its timers keep the process alive: whoever sets one clears it. */
export function createSystemEnv(): Env {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    randomBytes: (length) => randomBytes(length),
    timer: startTimer,
    turn: (action) => void setImmediate(action),
  };
}

function startTimer(delayMs: number, action: () => void): Timer {
  let leftMs = delayMs;
  let handle: NodeJS.Timeout;
  next();
  return { clear: () => clearTimeout(handle) };

  function next(): void {
    const partMs = Math.min(Math.max(0, leftMs), LONGEST_TIMEOUT_MS);
    leftMs -= partMs;
    handle = setTimeout(leftMs > 0 ? next : action, partMs);
  }
}
