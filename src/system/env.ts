import { randomBytes } from "node:crypto";
import type { Env, Timer } from "../core/env.ts";

/**
 * As they were when this was loaded: code of runs finds others in their place, which ask the run for what this answers.
 */
const { setTimeout, clearTimeout, setImmediate } = globalThis;
const now = Date.now.bind(Date);
const random = Math.random.bind(Math);
/** A binding that follows what the module exports would be replaced with it. */
const drawBytes = randomBytes;
const monotonic = performance.now.bind(performance);

/** The longest that `setTimeout` can wait; beyond it fires at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The real world. Its timers keep the process alive: whoever sets one clears it. */
export function createSystemEnv(): Env {
  return {
    now,
    monotonic,
    random,
    randomBytes: (length) => drawBytes(length),
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
