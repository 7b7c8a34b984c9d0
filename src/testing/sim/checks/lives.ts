import { isFinal, RUN_TRANSITIONS } from "../../../core/run-state.ts";
import { type Evidence, transitionOf, type Violation } from "../evidence.ts";

/** What was accepted is there, and each run lives by the table of transitions: to one end, its events numbered without a gap. */
export function* checkLives({ history, runs, stories, events }: Evidence): Iterable<Violation> {
  for (const { runId, client } of history.accepted) {
    if (!runs.has(runId)) yield broken(runId, `${client} was told that it was accepted, and it is not there`);
  }
  for (const { event, before } of events) {
    const { runId, seq, kind } = event;
    if (seq !== (before?.eventSeq ?? 0) + 1)
      yield broken(runId, `${kind} has number ${seq} after ${before?.eventSeq ?? 0}`);
    if ((before === undefined) !== (kind === "run.created"))
      yield broken(runId, `${kind} is no beginning, or a second one`);
    if (before !== undefined && isFinal(before.status)) yield broken(runId, `${kind} after it was ${before.status}`);
    const name = transitionOf(event);
    if (name === undefined || before === undefined) continue;
    const { from } = RUN_TRANSITIONS[name] as { from: readonly string[] };
    if (!from.includes(before.status)) yield broken(runId, `${kind} while it was ${before.status}`);
  }
  for (const { id, status, epoch, eventSeq, journal } of runs.values()) {
    const last = stories.get(id)?.events.at(-1)?.after;
    if (last?.status !== status) yield broken(id, `its row says ${status}, its events ${last?.status}`);
    if (last?.epoch !== epoch || last.eventSeq !== eventSeq || last.journal !== journal)
      yield broken(id, "its row and its events differ in epoch, journal or number of events");
  }
}

function broken(runId: string, problem: string): Violation {
  return { promise: "accepted runs end once", runId, problem };
}
