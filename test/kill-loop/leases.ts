import { RUN_NOTES } from "../../src/core/run-state.ts";
import type { CommittedEvent } from "./evidence.ts";

/** From a lease of a run to whatever ended it. */
export interface Lease {
  readonly epoch: number;
  readonly startedAt: number;
  /** Kind of the event that ended it. */
  end: string | undefined;
  /** It ended since its attempt was blamed for the end of its process. */
  isCrash: boolean;
  /** Notes that were written under it. */
  readonly notes: CommittedEvent[];
}

/** The leases of each run, in order. */
export function leasesOf(events: readonly CommittedEvent[]): ReadonlyMap<string, readonly Lease[]> {
  const leases = new Map<string, Lease[]>();
  for (const event of events) {
    const own = leases.get(event.runId) ?? [];
    leases.set(event.runId, own);
    const last = own.at(-1);
    if (event.kind === "run.started")
      own.push({ epoch: event.epoch, startedAt: event.at, end: undefined, isCrash: false, notes: [] });
    else if (Object.hasOwn(RUN_NOTES, event.kind)) last?.notes.push(event);
    else if (last !== undefined && last.end === undefined) {
      last.end = event.kind;
      last.isCrash = isCrash(event);
    }
  }
  return leases;
}

/** True of the end of an attempt that is blamed for the end of its process. */
export function isCrash({ kind, details = "" }: CommittedEvent): boolean {
  return /^run\.(retrying|failed|undoing)$/.test(kind) && /"(crashed|timed_out)"/.test(details);
}
