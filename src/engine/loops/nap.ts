import type { EngineDeps } from "../deps.ts";

/** How long a loop sleeps at most where other nodes use the same database: their hints do not reach us. */
const LONGEST_NAP_MS = 5_000;

/** Milliseconds until the instant of the store's clock; without one, until woken. */
export function napUntil({ store }: EngineDeps, at: number | undefined): number | undefined {
  const delayMs = at === undefined ? Number.POSITIVE_INFINITY : Math.max(0, at - store.now());
  const longestMs = store.isSingleNode ? Number.POSITIVE_INFINITY : LONGEST_NAP_MS;
  const napMs = Math.min(delayMs, longestMs);
  return Number.isFinite(napMs) ? napMs : undefined;
}
