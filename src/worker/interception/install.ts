/**
 * Puts in place what finds the effects of runs. Each replaced function asks `currentEffects()` whether it was called by the code of a
 * run, and is the original one for everybody else.
 */
import { effectsOf } from "../registry.ts";
import { interceptChance } from "./chance.ts";
import { interceptClock } from "./clock.ts";
import { interceptNodeHttp } from "./node-http.ts";
import { interceptTimers } from "./timers.ts";
import { interceptUndici } from "./undici.ts";
import { interceptUnrecorded } from "./unrecorded.ts";

let installed: { readonly ensure: () => void; readonly restore: () => void; owners: number } | undefined;

/**
 * To be called before code of users is loaded, which may keep a function for itself.
 *
 * @returns What puts the originals back, once everybody who installed it has called theirs.
 */
export function installInterception(): () => void {
  installed ??= install();
  const own = installed;
  own.owners++;
  return () => {
    own.owners--;
    if (own.owners > 0) return;
    own.restore();
    installed = undefined;
  };
}

/** Where effects of one of these tasks are recorded. @returns As `installInterception`. */
export function installWhereNeeded(worker: Parameters<typeof effectsOf>[0]): () => void {
  const { ids } = worker.registry;
  return ids.some((id) => effectsOf(worker, id).mode !== "steps-only") ? installInterception() : () => undefined;
}

/** Looks again for what code of users may have put in place of ours; to be called before the code of a run starts or goes on. */
export function ensureInterception(): void {
  installed?.ensure();
}

function install() {
  interceptUnrecorded();
  const undici = interceptUndici();
  const restores = [undici.restore, interceptNodeHttp(), interceptTimers(), interceptClock(), interceptChance()];
  return {
    owners: 0,
    ensure: undici.ensure,
    restore() {
      for (const restore of restores.toReversed()) restore();
    },
  };
}
