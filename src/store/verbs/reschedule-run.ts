import type { Run } from "../../core/run.ts";
import { sql } from "../sql.ts";
import type { Refused, StoreWrites } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { lockRun } from "./lock-runs.ts";
import { toRun } from "./records.ts";
import { insertRunEvents } from "./run-events.ts";

type Params = Parameters<StoreWrites["rescheduleRun"]>[0];

export function* rescheduleRun(
  params: Params,
  context: VerbContext,
): Statements<{ run: Run } | Refused<"not-found" | "not-delayed">> {
  const { environmentId, runId, dueAt, now, details } = params;
  const run = yield* lockRun(params);
  const before = yield* readRun(params, context);
  if (run === undefined || before === undefined) return { refused: "not-found" };
  const isWaitingToStart = run.status === "queued" && before.startedAt === undefined;
  // The same instant again is the same request again, also when that instant has come.
  if (isWaitingToStart && before.dueAt === dueAt) return { run: before };
  if (!isWaitingToStart || before.dueAt <= now || run.isCancelRequested) return { refused: "not-delayed" };
  yield sql`
    update runs set due_at = ${dueAt}, order_at = ${dueAt - run.priorityMs}, expires_at = expires_at + ${dueAt - before.dueAt},
      event_seq = event_seq + 1
    where environment_id = ${environmentId} and id = ${runId}`;
  const { epoch, attempt, eventSeq } = run;
  const event = { runId, seq: eventSeq + 1, kind: "run.rescheduled", epoch, attempt, details } as const;
  yield* insertRunEvents(params, [event], context.seal);
  return { run: (yield* readRun(params, context)) ?? before };
}

function* readRun({ environmentId, runId }: Params, { seal }: VerbContext): Statements<Run | undefined> {
  const [row] = yield sql`select * from runs where environment_id = ${environmentId} and id = ${runId}`;
  return row && toRun(row, seal);
}
