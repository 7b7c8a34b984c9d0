import type { StoreWrites } from "../store.ts";
import type { Statements, VerbContext } from "../verb.ts";
import { admitRuns, sealNewRuns, withStatuses } from "./admit-runs.ts";
import { createChildren } from "./create-children.ts";

export type CreateParams = Parameters<StoreWrites["createRuns"]>[0];
export type CreateResult = ReturnType<StoreWrites["createRuns"]>;
export type Created = Extract<CreateResult, { readonly created: unknown }>;

export function* createRuns(params: CreateParams, context: VerbContext): Statements<CreateResult> {
  if (params.parent !== undefined) return yield* createChildren(params, params.parent, context);
  const fresh = yield* sealNewRuns(params, params.runs, context);
  if (fresh === undefined) return { refused: "not-found" };
  const admitted = yield* admitRuns(params, params.runs, fresh, context);
  return { created: yield* withStatuses(params.environmentId, admitted) };
}
