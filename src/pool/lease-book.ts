import type { LostLease } from "../core/lost-process.ts";
import type { LeaseKey } from "../core/run.ts";
import type { GainedLease, LeaseNews } from "./lease-news.ts";

interface HeldLease<Holder> extends GainedLease {
  readonly holder: Holder;
  /** When its code was executed first, by the monotonic clock. */
  begunAt?: number;
}

/** Which process of a pool holds which run, and which of them it has begun. */
export class LeaseBook<Holder> {
  readonly #held = new Map<string, HeldLease<Holder>>();
  #leaseMs: number | undefined;

  /** How long a lease lasts, once a node has said so. */
  get leaseMs(): number | undefined {
    return this.#leaseMs;
  }

  hear(holder: Holder, { gained = [], ended = [], leaseMs }: LeaseNews): void {
    this.#leaseMs = leaseMs ?? this.#leaseMs;
    for (const lease of gained) {
      // Answers of two processes may overtake each other; the later lease is the one that holds.
      if (lease.epoch >= (this.#held.get(lease.runId)?.epoch ?? 0)) this.#held.set(lease.runId, { ...lease, holder });
    }
    for (const { runId, epoch } of ended) if (this.#held.get(runId)?.epoch === epoch) this.#held.delete(runId);
  }

  /** The code of these runs is about to be executed. */
  begin(holder: Holder, leases: readonly LeaseKey[], now: number): void {
    for (const lease of leases) {
      const held = this.#held.get(lease.runId);
      if (held?.holder === holder && held.epoch === lease.epoch) held.begunAt ??= now;
    }
  }

  holderOf(runId: string): Holder | undefined {
    return this.#held.get(runId)?.holder;
  }

  holds(holder: Holder, { runId, epoch }: LeaseKey): boolean {
    const held = this.#held.get(runId);
    return held?.holder === holder && held.epoch === epoch;
  }

  heldBy(holder: Holder): readonly LeaseKey[] {
    return this.#leasesOf(holder).map(({ runId, epoch }) => ({ runId, epoch }));
  }

  /** Whether a run has been executing for at least `graceMs` longer than its `maxDuration` allows. */
  isOverdue(holder: Holder, now: number, graceMs: number): boolean {
    return this.#leasesOf(holder).some((lease) => isOverdue(lease, now - graceMs));
  }

  /** Forgets a process. @returns What it held. */
  drop(holder: Holder, now: number): readonly LostLease[] {
    const leases = this.#leasesOf(holder);
    for (const { runId } of leases) this.#held.delete(runId);
    return leases.map((lease) => ({
      runId: lease.runId,
      epoch: lease.epoch,
      hasBegun: lease.begunAt !== undefined,
      isOverdue: isOverdue(lease, now),
    }));
  }

  #leasesOf(holder: Holder): readonly HeldLease<Holder>[] {
    return [...this.#held.values()].filter((lease) => lease.holder === holder);
  }
}

function isOverdue({ begunAt, leftMs }: { begunAt?: number; readonly leftMs?: number }, now: number): boolean {
  return begunAt !== undefined && leftMs !== undefined && now - begunAt >= leftMs;
}
