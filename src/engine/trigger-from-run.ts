import type { Waitpoint } from "../core/entry.ts";
import type { LeaseKey } from "../core/run.ts";
import { checkPayloads } from "../core/size.ts";
import type { TriggeredRun } from "../core/trigger-request.ts";
import type { Append } from "../store/store.ts";
import { at, type EngineDeps } from "./deps.ts";
import { findLeased } from "./leased-run.ts";
import { tellWaits } from "./tell-waits.ts";
import { decideRuns, type TriggerRuns, tellCreated, toTriggered } from "./trigger-runs.ts";

export interface TriggerFromRun extends LeaseKey, Omit<TriggerRuns, "parentRunId"> {
  /** What the parent's journal gains before. */
  readonly append: Append;
  /** The parent will wait for the runs. */
  readonly waitpoint?: { readonly id: string; readonly entryKey: string };
  /** Key of the journal entry that says which runs these are, where the parent does not wait. */
  readonly entryKey?: string;
}

export type TriggeredFromRun =
  | { readonly state: "triggered"; readonly runs: readonly TriggeredRun[]; readonly waitpoint?: Waitpoint }
  | { readonly state: "lost" };

/** Starts runs on behalf of a run, fenced by its lease; they, its journal and its waitpoint are one transaction. */
export async function triggerFromRun(deps: EngineDeps, input: TriggerFromRun): Promise<TriggeredFromRun> {
  checkPayloads(input.requests);
  const parent = await findLeased(deps, input);
  if (parent === undefined) return { state: "lost" };
  // A child that is waited for fits the code of its parent; any other starts under the latest.
  const runs = decideRuns(deps, input, parent, input.waitpoint === undefined ? undefined : parent.taskVersion);
  const answer = await deps.store.createRuns({ ...at(deps), runs, parent: asParent(input) });
  if ("refused" in answer) return { state: "lost" };
  tellCreated(deps, runs, answer.created);
  tellWaits(deps, input.append);
  const triggered = { state: "triggered" as const, runs: toTriggered(input.requests, answer.created) };
  return answer.waitpoint === undefined ? triggered : { ...triggered, waitpoint: answer.waitpoint };
}

function asParent({ runId, epoch, append, waitpoint, entryKey }: TriggerFromRun) {
  return {
    runId,
    epoch,
    append,
    ...(waitpoint === undefined ? {} : { waitpoint: { ...waitpoint, kind: "children" as const } }),
    ...(entryKey === undefined ? {} : { triggerKey: entryKey }),
  };
}
