import type { Failure } from "../../../core/failure.ts";
import type { Run } from "../../../core/run.ts";
import type { Evidence, Violation } from "../evidence.ts";

/** A run fails of its own code, of a deadline or of workers that die under it, never of the troubles between our own parts. */
export function* checkFailures({ final, events, history }: Evidence): Iterable<Violation> {
  for (const run of final.runs) {
    const foreign = run.failure === undefined ? undefined : findForeign(run.failure, run);
    if (foreign !== undefined) yield broken(`it failed of ${foreign.code ?? foreign.name}: ${foreign.message}`, run.id);
  }
  for (const { event } of events) {
    if (event.kind === "run.held" || event.kind === "run.restarted")
      yield broken(`${event.kind}, although its code never changed`, event.runId);
  }
  for (const { who, message } of history.problems) {
    if (/defect of Perdure/.test(message)) yield broken(`${who} met with a defect: ${message}`);
  }
}

const OURS = new Set(["CRASHED", "RUN_EXPIRED", "MAX_DURATION_EXCEEDED", "UNDO_INCOMPLETE", "CHILD_FAILED"]);

/** A step that triggers over the network, its own or a child's, may throw what the network threw. */
function findForeign(failure: Failure, run: Run): Failure | undefined {
  const { code, cause } = failure;
  const triggersInStep = run.payload?.includes('"fire in step') === true;
  const isKnown = code === undefined || OURS.has(code) || (code === "STORE_UNAVAILABLE" && triggersInStep);
  if (!isKnown) return failure;
  return cause === undefined ? undefined : findForeign(cause, run);
}

function broken(problem: string, runId?: string): Violation {
  return { promise: "nobody fails of our troubles", problem, ...(runId === undefined ? {} : { runId }) };
}
