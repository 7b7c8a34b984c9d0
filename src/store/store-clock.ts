import type { Env } from "../core/env.ts";

/** The host's clock, which may jump, made one that never goes back: while it lags behind itself it stands still. */
export function createHostClock(env: Env): () => number {
  let latest = 0;
  return () => {
    latest = Math.max(latest, env.now());
    return latest;
  };
}

/** The clock of another machine, sampled now and then and carried on by our own monotonic one in between. */
export function createSampledClock(env: Env): { now(): number; sample(theirs: number): void } {
  let offset = 0;
  let latest = 0;
  return {
    now() {
      latest = Math.max(latest, Math.floor(env.monotonic() + offset));
      return latest;
    },
    sample(theirs) {
      offset = theirs - env.monotonic();
    },
  };
}
