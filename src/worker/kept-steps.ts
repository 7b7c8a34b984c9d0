import { hasStepKey } from "../core/entry.ts";
import type { Run } from "../core/run.ts";
import type { WorkerCalls } from "../protocol/worker-calls.ts";

/** Results of earlier attempts that a new one may use. */
export interface KeptSteps {
  /** Where the result of the step with this entry key is. */
  seqOf(key: string): number | undefined;
  /** An un-keyed name that occurred more than once, so that nobody can say which result is whose. */
  isAmbiguous(identity: string): boolean;
}

export async function loadKeptSteps(run: Run, calls: WorkerCalls): Promise<KeptSteps> {
  const steps = await calls.readStepKeys({ runId: run.id, beforeJournal: run.journal });
  const ambiguous = new Set(
    steps.filter(({ key }) => !hasStepKey(key) && !key.endsWith("#1")).map(({ key }) => identityOf(key)),
  );
  const kept = new Map<string, number>();
  for (const { key, seq, keptSeq, outcome } of steps) {
    const isUsable = outcome === "completed" && !ambiguous.has(identityOf(key));
    if (isUsable && !kept.has(key)) kept.set(key, keptSeq ?? seq);
  }
  return { seqOf: (key) => kept.get(key), isAmbiguous: (identity) => ambiguous.has(identity) };
}

function identityOf(key: string): string {
  return key.slice(0, key.lastIndexOf("#"));
}
