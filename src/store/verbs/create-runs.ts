import { sql } from "../sql.ts";
import type { At, NewRun, StoreWrites } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { type Admitted, admitRuns, sealNewRuns, withStatuses } from "./admit-runs.ts";
import { createChildren } from "./create-children.ts";
import { noteBatch } from "./seal-batch.ts";
import { indexable } from "./values.ts";

export type CreateParams = Parameters<StoreWrites["createRuns"]>[0];
export type CreateResult = ReturnType<StoreWrites["createRuns"]>;
export type Created = Extract<CreateResult, { readonly created: unknown }>;

export function* createRuns(params: CreateParams, context: VerbContext): Statements<CreateResult> {
  if (params.parent !== undefined) return yield* createChildren(params, params.parent, context);
  const runs = yield* asFirstSent(params, params.runs);
  const fresh = yield* sealNewRuns(params, runs, context);
  if (fresh === undefined) return { refused: "not-found" };
  const admitted = yield* admitRuns(params, runs, fresh, context);
  yield* noteBatch(params, runs, admitted);
  return { created: yield* withStatuses(params.environmentId, yield* asFirstAdmitted(params, runs, admitted)) };
}

/** Requests that come again, under the ids that their runs got the first time. */
function* asFirstSent({ environmentId }: At, runs: readonly NewRun[]): Statements<readonly NewRun[]> {
  const keys = runs.flatMap(({ requestKey }) => (requestKey === undefined ? [] : indexable(requestKey)));
  if (keys.length === 0) return runs;
  const found = yield sql`
    select id, request_key from runs where environment_id = ${environmentId} and request_key in (${keys})`;
  const ids = new Map(found.map((row) => [row["request_key"] as string, row["id"] as string]));
  return runs.map((run) => ({ ...run, id: (run.requestKey && ids.get(indexable(run.requestKey))) || run.id }));
}

/** Another node may have answered the same request since we looked. */
function* asFirstAdmitted(
  at: At,
  runs: readonly NewRun[],
  admitted: readonly Admitted[],
): Statements<readonly Admitted[]> {
  const isLate = ({ isMade, isCached }: Admitted, i: number) =>
    !isMade && !isCached && runs[i]?.requestKey !== undefined;
  if (!admitted.some(isLate)) return admitted;
  const first = yield* asFirstSent(at, runs);
  return admitted.map((one, i) => (isLate(one, i) ? { ...one, id: first[i]?.id ?? one.id } : one));
}
