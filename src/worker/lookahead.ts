import type { Env, Timer } from "../core/env.ts";
import type { LeasedRun, LeaseKey } from "../core/run.ts";
import type { AskTime } from "./lease.ts";

/** A run that is ours, and when we asked for it. */
export interface Leased {
  readonly run: LeasedRun;
  readonly askedAt: AskTime;
}

/** More of them share a commit without making it cheaper, and wait here instead of at the node, where other workers find them. */
const MOST_AHEAD = 40;
/** How long a run waits here for a slot before it goes back to the node: the run before it was longer than those before. */
const PATIENCE_MS = 1_000;
/** Weight of the latest reading in a moving mean. */
const LATEST_SHARE = 0.2;

/**
 * Runs that are leased before there is a slot for them, as many as are expected to end while a lease travels. Without them the
 * slots of short runs are empty for as long as the commit of the next lease takes: on a disk that syncs 360 times a second ten slots ended
 * 1,900 no-op runs a second, with them 5,700. Where runs are long, or there is no backlog, nothing is leased ahead.
 */
export class Lookahead {
  readonly #env: Env;
  /** Hands runs back that no slot became free for. */
  readonly #giveBack: (leases: readonly LeaseKey[]) => void;
  readonly #waiting = new Map<string, { readonly leased: Leased; readonly since: number }>();
  #runMs: number | undefined;
  #roundTripMs: number | undefined;
  #patience: Timer | undefined;

  constructor(env: Env, giveBack: (leases: readonly LeaseKey[]) => void) {
    this.#env = env;
    this.#giveBack = giveBack;
  }

  get size(): number {
    return this.#waiting.size;
  }

  has(runId: string): boolean {
    return this.#waiting.has(runId);
  }

  /** How many runs are worth leasing beyond the slots. */
  wanted(slots: number): number {
    if (this.#runMs === undefined || this.#roundTripMs === undefined) return 0;
    return Math.min(MOST_AHEAD, Math.floor((slots * this.#roundTripMs) / this.#runMs));
  }

  /** A run held its slot for so long. */
  noteRun(ms: number): void {
    this.#runMs = mean(this.#runMs, Math.max(ms, Number.EPSILON));
  }

  /** The node has answered after so long. Unless it gave all that was asked for, no run waits for a slot. */
  noteLease(ms: number, isFull: boolean): void {
    this.#roundTripMs = isFull ? mean(this.#roundTripMs, ms) : undefined;
  }

  add(leased: Leased): void {
    this.#waiting.set(leased.run.id, { leased, since: this.#env.monotonic() });
    this.#watch();
  }

  /** The one that waits longest. */
  take(): Leased | undefined {
    for (const [id, { leased }] of this.#waiting) {
      this.#waiting.delete(id);
      return leased;
    }
    return undefined;
  }

  /** Empties it. @returns What waited. */
  clear(): readonly LeaseKey[] {
    this.#patience?.clear();
    this.#patience = undefined;
    return this.#remove(() => true);
  }

  #watch(): void {
    if (this.#waiting.size > 0) this.#patience ??= this.#env.timer(PATIENCE_MS, () => this.#giveUp());
  }

  #giveUp(): void {
    this.#patience = undefined;
    const before = this.#env.monotonic() - PATIENCE_MS;
    const leases = this.#remove((since) => since <= before);
    this.#watch();
    if (leases.length === 0) return;
    this.noteRun(PATIENCE_MS);
    this.#giveBack(leases);
  }

  #remove(isOver: (since: number) => boolean): readonly LeaseKey[] {
    const leases: LeaseKey[] = [];
    for (const [runId, { leased, since }] of this.#waiting) {
      if (!isOver(since)) continue;
      this.#waiting.delete(runId);
      leases.push({ runId, epoch: leased.run.epoch });
    }
    return leases;
  }
}

function mean(before: number | undefined, latest: number): number {
  return before === undefined ? latest : before + (latest - before) * LATEST_SHARE;
}
