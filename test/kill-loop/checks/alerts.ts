import { ALERT_TASK } from "../../../src/core/alerts.ts";
import type { Violation } from "../../../src/testing/sim/evidence.ts";
import type { Evidence } from "../evidence.ts";

/** Tasks whose failures are told of, and the end that is: their runs are too few for a summary. */
const TOLD: Readonly<Record<string, string>> = { alarmed: "run.failed", alarmedHeld: "run.held" };

/** What happened to a run and the run that tells of it were committed together: each time one of them, and no other. */
export function* checkAlerts({ runs, events }: Evidence): Iterable<Violation> {
  const told = new Map<string, number>();
  for (const { task, tags } of runs.values())
    if (task === ALERT_TASK) for (const runId of tags) told.set(runId, (told.get(runId) ?? 0) + 1);
  for (const { id, task } of runs.values()) {
    const kind = TOLD[task];
    const due = events.filter((event) => event.runId === id && event.kind === kind).length;
    const count = told.get(id) ?? 0;
    if (count !== due)
      yield {
        promise: "told of once",
        runId: id,
        problem: `${kind} came ${due} times, and ${count} alerts tell of it`,
      };
  }
}
