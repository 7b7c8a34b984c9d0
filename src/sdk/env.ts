import type { Env } from "../core/env.ts";

/** The real world as every JavaScript runtime shows it: Node, Bun, Deno, browsers and edge runtimes. */
export function createWebEnv(): Env {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    timer: (delayMs, action) => {
      const handle = setTimeout(action, Math.max(0, delayMs));
      return { clear: () => clearTimeout(handle) };
    },
    turn: (action) => void setTimeout(action, 0),
  };
}
