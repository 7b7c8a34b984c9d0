import type { Env } from "../core/env.ts";

/** Who was let in from where lately. */
export interface KnownCallers {
  note(caller: string): void;
  isKnown(caller: string): boolean;
}

const REMEMBERED_MS = 10 * 60 * 1_000;
const MOST_REMEMBERED = 10_000;

export function createKnownCallers(env: Env): KnownCallers {
  const seenAt = new Map<string, number>();
  return {
    note(caller) {
      seenAt.delete(caller);
      seenAt.set(caller, env.monotonic());
      if (seenAt.size > MOST_REMEMBERED) seenAt.delete(seenAt.keys().next().value as string);
    },
    isKnown(caller) {
      const at = seenAt.get(caller);
      return at !== undefined && env.monotonic() - at < REMEMBERED_MS;
    },
  };
}
