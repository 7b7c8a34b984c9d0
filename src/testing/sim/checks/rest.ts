import { isFinal } from "../../../core/run-state.ts";
import type { Evidence, Violation } from "../evidence.ts";

/** Once the troubles are over, every run comes to an end, those of a canceled parent too: nothing is lost, nobody waits for ever; and what they have recorded automatically is gone. */
export function* checkRest({ final, isAtRest, stories }: Evidence): Iterable<Violation> {
  for (const { runId, count } of isAtRest ? final.recordsLeft : [])
    yield {
      promise: "records go with their run",
      runId,
      problem: `it has ended and still has ${count} automatic records`,
    };
  for (const { id, status, task, attempt, epoch } of final.runs) {
    if (isFinal(status)) continue;
    const last = stories.get(id)?.events.at(-1);
    const since = last === undefined ? "" : ` since ${last.event.kind} in commit ${last.commit.seq}`;
    yield broken(`it is ${status}${since} (${task}, attempt ${attempt}, epoch ${epoch})`, id);
  }
  if (!isAtRest && final.runs.every(({ status }) => isFinal(status)))
    yield broken("a client still waits for an answer");
}

function broken(problem: string, runId?: string): Violation {
  return { promise: "everything comes to rest", problem, ...(runId === undefined ? {} : { runId }) };
}
