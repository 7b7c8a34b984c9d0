import { isFinal } from "../../../src/core/run-state.ts";
import type { Violation } from "../../../src/testing/sim/evidence.ts";
import type { Evidence } from "../evidence.ts";

/** Everything came to its end, nobody holds a lease, and the database is whole. */
export function* checkRest({ runs, integrity }: Evidence): Iterable<Violation> {
  for (const { id, status, task, attempt, epoch, leaseUntil } of runs.values()) {
    if (!isFinal(status)) yield broken(`it is ${status} (${task}, attempt ${attempt}, epoch ${epoch})`, id);
    if (leaseUntil !== undefined) yield broken("somebody still has a lease of it", id);
  }
  for (const line of integrity) yield broken(`SQLite: ${line}`);
}

function broken(problem: string, runId?: string): Violation {
  return { promise: "everything comes to rest", problem, ...(runId === undefined ? {} : { runId }) };
}
