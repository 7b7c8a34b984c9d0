import { type Evidence, transitionOf, type Violation } from "../evidence.ts";

/** An attempt is counted when one has failed, and then only: neither a lost lease nor a stopped worker costs any. */
export function* checkAttempts({ runs, stories, events }: Evidence): Iterable<Violation> {
  for (const { event, before } of events) {
    const { runId, attempt, kind } = event;
    const expected = before?.attempt ?? 1;
    if (attempt !== expected) yield broken(runId, `${kind} is of attempt ${attempt} where ${expected} was under way`);
  }
  for (const { id, attempt, retry } of runs.values()) {
    const retries = stories.get(id)?.events.filter(({ event }) => transitionOf(event) === "retry").length ?? 0;
    if (attempt !== retries + 1) yield broken(id, `it was retried ${retries} times and is in attempt ${attempt}`);
    if (attempt > retry.maxAttempts) yield broken(id, `attempt ${attempt} of ${retry.maxAttempts}`);
  }
}

function broken(runId: string, problem: string): Violation {
  return { promise: "attempts are counted", runId, problem };
}
