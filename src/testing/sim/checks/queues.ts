import type { Evidence, Violation } from "../evidence.ts";
import { LIMITED } from "../program.ts";

/** Of a limited queue no more runs execute at once than its limit says, after any commit. */
export function* checkQueues({ runs, events }: Evidence): Iterable<Violation> {
  const executing = new Map(Object.keys(LIMITED).map((queue) => [queue, new Set<string>()]));
  for (const [i, { event, commit, after }] of events.entries()) {
    const { queue } = runs.get(event.runId) ?? { queue: "" };
    const inQueue = executing.get(queue);
    if (inQueue === undefined) continue;
    if (after.status === "executing") inQueue.add(event.runId);
    else inQueue.delete(event.runId);
    const isWhole = events[i + 1]?.commit.seq !== commit.seq;
    if (!isWhole) continue;
    const limit = LIMITED[queue] ?? 0;
    if (inQueue.size > limit)
      yield {
        promise: "queue limits",
        runId: event.runId,
        problem: `${inQueue.size} runs of ${queue} execute at once after commit ${commit.seq}; its limit is ${limit}`,
      };
  }
}
