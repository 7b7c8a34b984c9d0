import type { At, FollowUps, NewRun } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { findStatuses } from "./admit-runs.ts";
import { insertRuns } from "./insert-runs.ts";
import { toBytes } from "./values.ts";

/** Makes, of each list, the first run that is not there yet; none where all are. */
export function* makeFollowUps(at: At, followUps: FollowUps = [], context: VerbContext): Statements<void> {
  if (followUps.length === 0) return;
  const known = yield* findStatuses(
    at.environmentId,
    followUps.flat().map(({ id }) => id),
  );
  for (const list of followUps) yield* makeFirst(at, list, known, context);
}

function* makeFirst(
  at: At,
  list: readonly NewRun[],
  known: ReadonlyMap<string, unknown>,
  context: VerbContext,
): Statements<void> {
  for (const run of list.filter(({ id }) => !known.has(id))) {
    const made = yield* insertRuns(at, [{ run, payload: toBytes(run.payload, context.seal) }], context);
    // Otherwise another transaction has made it since we looked.
    if (made.size > 0) return;
  }
}
