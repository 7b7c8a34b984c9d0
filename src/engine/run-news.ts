import type { Run } from "../core/run.ts";

/**
 * What became of a run just now, for whoever shows it. News are told after the commit, by the node that did it: what another node
 * on the same database does is not among them.
 */
export type RunNews =
  | { readonly kind: "leased"; readonly run: Run }
  | { readonly kind: "retrying" | "held" | "restarted" | "final"; readonly runId: string };
