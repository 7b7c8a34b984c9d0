import { perdureError } from "../core/errors.ts";
import type { Run } from "../core/run.ts";
import { isFinal } from "../core/run-state.ts";
import { checkPayloads } from "../core/size.ts";
import type { TriggeredRun, TriggerRequest } from "../core/trigger-request.ts";
import type { CreatedRun, NewRun } from "../store/store.ts";
import { decideRun } from "./decide-run.ts";
import { at, type EngineDeps } from "./deps.ts";
import { withPackets } from "./packets.ts";
import { getRun } from "./retrieve-run.ts";

export interface TriggerRuns {
  readonly requests: readonly TriggerRequest[];
  /** Made by the caller, one per request, so that a repeated call finds its runs. */
  readonly runIds: readonly string[];
  readonly batchId?: string;
  readonly parentRunId?: string;
  /** The same for every sending of a request by callers who cannot name its runs. */
  readonly requestKey?: string;
}

/** Accepts runs, all or none; when it answers they are on disk. */
export async function triggerRuns(deps: EngineDeps, input: TriggerRuns): Promise<readonly TriggeredRun[]> {
  checkPayloads(input.requests);
  const requests = await withPackets(deps, input.requests);
  const parent = input.parentRunId === undefined ? undefined : await getOpenParent(deps, input.parentRunId);
  const runs = decideRuns(deps, { ...input, requests }, parent);
  const answer = await deps.store.createRuns({ ...at(deps), runs });
  // Without a parent's lease there is none to lose.
  if ("refused" in answer) throw perdureError("LEASE_LOST", { runId: input.parentRunId });
  tellCreated(deps, runs, answer.created);
  return toTriggered(input.requests, answer.created);
}

export function decideRuns(
  deps: EngineDeps,
  input: TriggerRuns,
  parent: Run | undefined,
  taskVersion = deps.taskVersion,
): readonly NewRun[] {
  const { code, store } = deps;
  const { defaults } = code;
  const tasks = code.versions.get(taskVersion ?? "") ?? code.tasks;
  const now = store.now();
  return input.requests.map((request, place) => {
    const id = input.runIds[place];
    if (id === undefined)
      throw perdureError("OPTION_INVALID", { what: "runIds", problem: "give one for each request" });
    const requestKey = input.requestKey === undefined ? undefined : `trigger/${input.requestKey}/${place}`;
    return decideRun(request, { id, now, tasks, defaults, taskVersion, parent, batchId: input.batchId, requestKey });
  });
}

export function tellCreated({ hints }: EngineDeps, runs: readonly NewRun[], created: readonly CreatedRun[]): void {
  for (const [place, run] of runs.entries()) {
    if (created[place]?.id !== run.id) continue;
    hints.ready(run.dueAt);
    if (run.expiresAt !== undefined) hints.expires(run.expiresAt);
  }
}

export function toTriggered(
  requests: readonly TriggerRequest[],
  created: readonly CreatedRun[],
): readonly TriggeredRun[] {
  return created.map(({ id, isCached }, place) => ({ id, isCached, task: requests[place]?.task ?? "" }));
}

async function getOpenParent(deps: EngineDeps, parentRunId: string): Promise<Run> {
  const parent = await getRun(deps, parentRunId);
  if (isFinal(parent.status)) throw perdureError("PARENT_FINAL", { runId: parent.id, status: parent.status });
  return parent;
}
