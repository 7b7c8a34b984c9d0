import type { LeaseKey } from "../core/run.ts";
import type { LeaseNews } from "./lease-news.ts";

/** Which process of a pool holds which run. */
export class LeaseBook<Holder> {
  readonly #held = new Map<string, { readonly epoch: number; readonly holder: Holder }>();
  #leaseMs: number | undefined;

  /** How long a lease lasts, once a node has said so. */
  get leaseMs(): number | undefined {
    return this.#leaseMs;
  }

  hear(holder: Holder, { gained = [], ended = [], leaseMs }: LeaseNews): void {
    this.#leaseMs = leaseMs ?? this.#leaseMs;
    for (const { runId, epoch } of gained) {
      // Answers of two processes may overtake each other; the later lease is the one that holds.
      if (epoch >= (this.#held.get(runId)?.epoch ?? 0)) this.#held.set(runId, { epoch, holder });
    }
    for (const { runId, epoch } of ended) if (this.#held.get(runId)?.epoch === epoch) this.#held.delete(runId);
  }

  holderOf(runId: string): Holder | undefined {
    return this.#held.get(runId)?.holder;
  }

  heldBy(holder: Holder): readonly LeaseKey[] {
    const leases: LeaseKey[] = [];
    for (const [runId, lease] of this.#held) if (lease.holder === holder) leases.push({ runId, epoch: lease.epoch });
    return leases;
  }

  /** Forgets a process. @returns What it held. */
  drop(holder: Holder): readonly LeaseKey[] {
    const leases = this.heldBy(holder);
    for (const { runId } of leases) this.#held.delete(runId);
    return leases;
  }
}
