import type { Run } from "../../core/run.ts";
import { isFinal, OPEN_STATUSES } from "../../core/run-state.ts";
import { hasStatus, literal } from "../literals.ts";
import { sql } from "../sql.ts";
import type { At, Fenced, Refused, StoreWrites } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { type LockedRun, lockRun, lockRuns } from "./lock-runs.ts";
import { toRun } from "./records.ts";
import { insertRunEvents } from "./run-events.ts";

type Params = Parameters<StoreWrites["requestCancel"]>[0];

export function* requestCancel(
  params: Params,
  context: VerbContext,
): Statements<{ run: Run } | Refused<"already-final" | "not-found">> {
  const run = yield* lockRun(params);
  if (run === undefined) return { refused: "not-found" };
  // A canceled run that was asked to end has done what is asked here: this is the same request again.
  if (isFinal(run.status) && !(run.status === "canceled" && run.isCancelRequested)) return { refused: "already-final" };
  yield* requestEndOf(params, [run], context);
  const [row] = yield sql`select * from runs where environment_id = ${params.environmentId} and id = ${run.id}`;
  return row === undefined ? { refused: "not-found" } : { run: toRun(row, context.seal) };
}

/** The run, locked after its open children, which its end will be asked of too: children are younger. */
export function* lockWithChildren({ environmentId, runId }: Fenced): Statements<LockedRun | undefined> {
  const ids = yield* findOpenChildren(environmentId, runId);
  return (yield* lockRuns(environmentId, [runId, ...ids])).find(({ id }) => id === runId);
}

/** Looked up anew under the parent's lock: what was made while this verb waited for it is among them. */
export function* requestEndOfChildren(at: Fenced, context: VerbContext): Statements<void> {
  const ids = yield* findOpenChildren(at.environmentId, at.runId);
  yield* requestEndOf(at, yield* lockRuns(at.environmentId, ids), context);
}

function* findOpenChildren(environmentId: string, runId: string): Statements<readonly string[]> {
  const found = yield sql`
    select id from runs where environment_id = ${environmentId} and parent_run_id = ${runId} and ${IS_OPEN}`;
  return found.map(({ id }) => id as string);
}

/** Marks those open runs that are not marked yet, each with a line in its story. */
function* requestEndOf(at: At, runs: readonly LockedRun[], { seal }: VerbContext): Statements<void> {
  const asked = runs.filter((run) => !run.isCancelRequested && !isFinal(run.status));
  if (asked.length === 0) return;
  yield sql`
    update runs set cancel_requested_at = ${at.now}, event_seq = event_seq + 1
    where environment_id = ${at.environmentId} and id in (${asked.map(({ id }) => id)})`;
  const events = asked.map(
    ({ id, eventSeq, epoch, attempt }) =>
      ({ runId: id, seq: eventSeq + 1, kind: "run.cancel-requested", epoch, attempt }) as const,
  );
  yield* insertRunEvents(at, events, seal);
}

const IS_OPEN = literal(hasStatus(...OPEN_STATUSES));
