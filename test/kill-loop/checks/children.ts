import { isFinal } from "../../../src/core/run-state.ts";
import type { Violation } from "../../../src/testing/sim/evidence.ts";
import type { Evidence } from "../evidence.ts";

/** Runs that each of these starts in one attempt. */
const STARTED: Readonly<Record<string, number>> = { parent: 5, firing: 1 };

/** Children have a parent, are started once, and a parent that waited for some waited until they had ended. */
export function* checkChildren({ runs, awaited }: Evidence): Iterable<Violation> {
  const counts = new Map<string, number>();
  for (const { id, parentRunId } of runs.values()) {
    if (parentRunId === undefined) continue;
    counts.set(parentRunId, (counts.get(parentRunId) ?? 0) + 1);
    if (!runs.has(parentRunId)) yield broken(id, `its parent ${parentRunId} is not there`);
  }
  for (const { id, task, attempt, status } of runs.values()) {
    const started = STARTED[task];
    const count = counts.get(id) ?? 0;
    if (started !== undefined && status === "completed" && attempt === 1 && count !== started)
      yield broken(id, `it has ${count} children where its code starts ${started}`);
  }
  for (const { parent, child, isComplete } of awaited) {
    const run = runs.get(child);
    if (run?.parentRunId !== parent) yield broken(parent, `it waited for ${child}, which is no child of it`);
    else if (isComplete && !isFinal(run.status))
      yield broken(parent, `it was told of the end of ${child}, which is ${run.status}`);
  }
}

function broken(runId: string, problem: string): Violation {
  return { promise: "children once and to their end", runId, problem };
}
