import type { LeaseKey } from "../core/run.ts";
import { at, type EngineDeps } from "./deps.ts";

export interface RenewedLeases {
  readonly leases: readonly { readonly runId: string; readonly held: boolean; readonly cancelRequested: boolean }[];
  readonly leaseMs: number;
  /** The store's clock. */
  readonly now: number;
}

/** Keeps a worker's leases; the answer is also how it learns that a run was lost or that its end was asked for. */
export async function renewLeases(deps: EngineDeps, held: readonly LeaseKey[]): Promise<RenewedLeases> {
  const { leaseMs, store } = deps;
  const leases = held.length === 0 ? [] : await store.renewLeases({ ...at(deps), leases: held, leaseMs });
  return { leases, leaseMs, now: store.now() };
}
