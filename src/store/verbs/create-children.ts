import { isFinal } from "../../core/run-state.ts";
import { chunks, joined } from "../literals.ts";
import { sql } from "../sql.ts";
import type { Append, At, NewWaitpoint } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { type Admitted, admitRuns, sealNewRuns, withStatuses } from "./admit-runs.ts";
import { type AppendPlan, planAppend, writeAppend } from "./append.ts";
import { findKeyedRuns } from "./claim-keys.ts";
import type { Created, CreateParams, CreateResult } from "./create-runs.ts";
import { findEarlier } from "./find-earlier.ts";
import { holdsLease, type LockedRun, lockRuns } from "./lock-runs.ts";
import { noteBatch } from "./seal-batch.ts";
import { indexable } from "./values.ts";

export type Parent = NonNullable<CreateParams["parent"]>;

/**
 * Runs on behalf of a run. What the parent's journal, and the waitpoint on which it will wait, say of them is written in the
 * same transaction, so that a parent that asks again finds the same children.
 *
 * Children that an idempotency key leads to are locked with the parent: one that ends meanwhile either is final when it is
 * counted here, or finds the waitpoint when its own end looks for those that count it.
 */
export function* createChildren(params: CreateParams, parent: Parent, context: VerbContext): Statements<CreateResult> {
  const { environmentId, runs } = params;
  const cached = parent.waitpoint === undefined ? [] : yield* findKeyedRuns(params, runs);
  const run = (yield* lockRuns(environmentId, [...new Set([parent.runId, ...cached])])).find(
    ({ id }) => id === parent.runId,
  );
  const earlier = run && (yield* findEarlier(params, parent, run, context));
  if (!holdsLease(run, parent)) return earlier ?? { refused: "lease-lost" };
  const plan = yield* planAppend({ environmentId, epoch: parent.epoch }, run, parent.append);
  // An append without entries cannot be recognised when it comes again; the children that came with it can.
  if (plan.kind === "misfit") {
    return (parent.append.entries.length === 0 ? earlier : undefined) ?? { refused: "lease-lost" };
  }
  if (earlier !== undefined) {
    yield* writeAppend(params, run, plan, context);
    return earlier;
  }
  const fresh = yield* sealNewRuns(params, runs, context);
  if (fresh === undefined) return { refused: "not-found" };
  const admitted = yield* admitRuns(params, runs, fresh, context);
  yield* noteBatch(params, runs, admitted);
  yield* writeAppend(params, run, withTrigger(plan, run, params, parent, admitted), context);
  if (parent.waitpoint !== undefined) return yield* waitFor(params, run, parent.waitpoint, admitted);
  return { created: yield* withStatuses(environmentId, admitted) };
}

/** The append with the entry that names the children, where they are triggered and not waited for. */
function withTrigger(
  plan: AppendPlan,
  run: LockedRun,
  { runs }: CreateParams,
  { triggerKey }: Parent,
  admitted: readonly Admitted[],
): AppendPlan {
  if (triggerKey === undefined) return plan;
  const result = JSON.stringify(admitted.map(({ id, isCached }, i) => ({ id, task: runs[i]?.task, isCached })));
  const before: Append =
    plan.kind === "new" ? plan.append : { firstSeq: run.entrySeq + 1, entries: [], waitpoints: [] };
  const undosOwed = plan.kind === "misfit" ? run.undosOwed : plan.undosOwed;
  return {
    kind: "new",
    undosOwed,
    append: {
      ...before,
      entries: [...before.entries, { kind: "trigger", key: triggerKey, outcome: "completed", result }],
    },
  };
}

/** A waitpoint for these runs, complete at once when none of them is open. */
function* waitFor(
  at: At,
  parent: LockedRun,
  waitpoint: NewWaitpoint,
  admitted: readonly Admitted[],
): Statements<Created> {
  const { environmentId, now } = at;
  // Those that came in by a key since the parent was locked are locked here.
  const earlier = admitted.filter(({ isMade }) => !isMade).map(({ id }) => id);
  yield* lockRuns(environmentId, [...new Set(earlier)]);
  const created = yield* withStatuses(environmentId, admitted);
  const remaining = created.filter(({ status }) => !isFinal(status)).length;
  const [id, entryKey, journal, kind] = [waitpoint.id, waitpoint.entryKey, parent.journal, "children"] as const;
  const completion =
    remaining === 0 ? ({ status: "completed", completedAt: now } as const) : ({ status: "pending" } as const);
  yield sql`
    insert into waitpoints (environment_id, id, run_id, journal, entry_key, entry_lookup, kind, status, remaining, created_at, completed_at)
    values (${environmentId}, ${id}, ${parent.id}, ${journal}, ${entryKey}, ${indexable(entryKey)}, ${kind}, ${completion.status},
      ${remaining}, ${now}, ${remaining === 0 ? now : null})`;
  const positioned = created.map((child, position) => ({ ...child, position }));
  for (const chunk of chunks(positioned)) {
    const tuples = chunk.map(
      (child) => sql`(${environmentId}, ${id}, ${child.position}, ${child.id}, ${child.isCached ? 1 : 0})`,
    );
    yield sql`
      insert into waitpoint_runs (environment_id, waitpoint_id, position, run_id, is_cached) values ${joined(tuples)}`;
  }
  return {
    created,
    waitpoint: { id, runId: parent.id, journal, entryKey, kind, remaining, createdAt: now, ...completion },
  };
}
