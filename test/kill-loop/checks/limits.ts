import { RUN_NOTES } from "../../../src/core/run-state.ts";
import type { Violation } from "../../../src/testing/sim/evidence.ts";
import type { Evidence } from "../evidence.ts";
import { QUEUE_LIMITS } from "../kinds.ts";

/** Of a limited queue no more runs execute at once than its limit says, after any commit. */
export function* checkLimits({ runs, events, isInOrder }: Evidence): Iterable<Violation> {
  if (!isInOrder) return;
  const executing = new Map(Object.keys(QUEUE_LIMITS).map((queue) => [queue, new Set<string>()]));
  for (const [i, { runId, kind, commit }] of events.entries()) {
    const queue = runs.get(runId)?.queue ?? "";
    const inside = executing.get(queue);
    if (inside === undefined || Object.hasOwn(RUN_NOTES, kind)) continue;
    if (kind === "run.started") inside.add(runId);
    else inside.delete(runId);
    const limit = QUEUE_LIMITS[queue] ?? 0;
    if (inside.size > limit && events[i + 1]?.commit !== commit)
      yield {
        promise: "queue limits",
        runId,
        problem: `${inside.size} runs of ${queue} execute at once after commit ${commit}; its limit is ${limit}`,
      };
  }
}
