import type { Violation } from "../../../src/testing/sim/evidence.ts";
import type { Evidence } from "../evidence.ts";
import { leasesOf } from "../leases.ts";

/** A journal has no gap and each result once, and was written by those who held the run, one after the other. */
export function* checkEntries({ entries, events }: Evidence): Iterable<Violation> {
  const leases = leasesOf(events);
  for (const [runId, own] of entries) {
    const epochs = new Set((leases.get(runId) ?? []).map(({ epoch }) => epoch));
    const known = new Set<string>();
    let last = 0;
    for (const [i, { seq, journal, kind, key, epoch }] of own.entries()) {
      const before = own[i - 1] ?? { seq: 0, journal: 1 };
      const name = `${journal} ${kind} ${key}`;
      // What an earlier attempt recorded automatically is gone.
      const isGapless = before.journal === own.at(-1)?.journal ? seq === before.seq + 1 : seq > before.seq;
      if (!isGapless) yield broken(runId, `entry ${seq} of journal ${journal} follows entry ${before.seq}`);
      // A step whose intent is there already is begun again by the next process, and says so.
      if (kind !== "intent" && known.has(name))
        yield broken(runId, `${kind} ${key} was recorded a second time, as entry ${seq}`);
      if (!epochs.has(epoch)) yield broken(runId, `entry ${seq} was written under epoch ${epoch}, and nobody had that`);
      if (epoch < last) yield broken(runId, `entry ${seq} was written under epoch ${epoch} after one of epoch ${last}`);
      known.add(name);
      last = epoch;
    }
  }
}

function broken(runId: string, problem: string): Violation {
  return { promise: "recorded once", runId, problem };
}
