import type { Failure } from "../core/failure.ts";
import type { Run } from "../core/run.ts";

/**
 * What became of a run just now, for whoever shows it. News are told after the commit, by the node that did it: what another node
 * on the same database does is not among them.
 */
export type RunNews =
  | { readonly kind: "leased"; readonly run: Run }
  /** The attempt of `run` failed; the next one is due. */
  | { readonly kind: "retrying"; readonly run: Run; readonly failure: Failure; readonly dueAt: number }
  /** The code of `run` no longer fits its journal. */
  | { readonly kind: "held"; readonly run: Run; readonly diff: string }
  | { readonly kind: "restarted"; readonly run: Run; readonly diff: string }
  | { readonly kind: "final"; readonly runId: string };
