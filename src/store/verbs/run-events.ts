import type { RunEventKind, RunTransition } from "../../core/run-state.ts";
import { RUN_TRANSITIONS } from "../../core/run-state.ts";
import { chunks, joined } from "../literals.ts";
import type { Seal } from "../seal.ts";
import { sql } from "../sql.ts";
import type { At, Fenced } from "../store.ts";
import type { Row, Statements } from "../verb.ts";
import { toBytes } from "./values.ts";

export interface NewRunEvent {
  readonly runId: string;
  readonly seq: number;
  readonly kind: RunEventKind;
  readonly epoch: number;
  readonly attempt: number;
  readonly workerId?: string | undefined;
  readonly details?: string | undefined;
}

/** Lines of the runs' stories, each with a number that its run has just counted up to. */
export function* insertRunEvents(
  { environmentId, now }: At,
  events: readonly NewRunEvent[],
  seal: Seal,
): Statements<void> {
  for (const chunk of chunks(events)) {
    const tuples = chunk.map(
      ({ runId, seq, kind, epoch, attempt, workerId, details }) =>
        sql`(${environmentId}, ${runId}, ${seq}, ${kind}, ${now}, ${epoch}, ${attempt}, ${workerId}, ${toBytes(details, seal)})`,
    );
    yield sql`
      insert into run_events (environment_id, run_id, seq, kind, at, epoch, attempt, worker_id, details)
      values ${joined(tuples)}`;
  }
}

/**
 * The event with which this transition was made under this epoch, if it was. A verb that is refused asks it, since the
 * answer to its first sending may have been lost: no transition is made twice under one epoch.
 */
export function* findTransition(
  name: RunTransition,
  { environmentId, runId, epoch }: Omit<Fenced, "now">,
): Statements<Row | undefined> {
  const [event] = yield sql`
    select seq, attempt from run_events
    where environment_id = ${environmentId} and run_id = ${runId} and epoch = ${epoch}
      and kind = ${RUN_TRANSITIONS[name].event}`;
  return event;
}
