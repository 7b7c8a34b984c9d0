import type { Ending, Run } from "../core/run.ts";
import type { Append, FollowUps } from "../store/store.ts";
import { alertRuns, tellFollowUps } from "./alert-runs.ts";
import { at, type EngineDeps } from "./deps.ts";
import { pokeChildren } from "./poke-children.ts";

export type Ended = "failed" | "canceled" | "undoing" | "lost";

/**
 * Ends a run that has gone badly, from whatever open status it has. One that owes undos does them first and ends when they
 * are done. `lost` when the run was final already or is no longer the one that the caller saw.
 */
export async function endRun(deps: EngineDeps, run: Run, ending: Ending, append?: Append): Promise<Ended> {
  const fenced = { ...at(deps), runId: run.id, epoch: run.epoch, ...(append === undefined ? {} : { append }) };
  const followUps = followUpsOf(deps, run, ending, fenced.now);
  const answer =
    ending.status === "failed"
      ? await deps.store.failRun({ ...fenced, failure: ending.failure, followUps })
      : await deps.store.cancelRun({ ...fenced, ...(ending.failure === undefined ? {} : { failure: ending.failure }) });
  if ("refused" in answer) return answer.refused === "undos-owed" ? beginUndoing(deps, fenced, ending) : "lost";
  deps.largeJournals.delete(run.id);
  deps.hints.woken(answer.woken);
  deps.hints.finished(run.id);
  tellFollowUps(deps, followUps);
  if (ending.status === "canceled") await pokeChildren(deps, run.id);
  return ending.status;
}

function followUpsOf(deps: EngineDeps, run: Run, ending: Ending, now: number): FollowUps {
  if (ending.status !== "failed") return [];
  const { name, code = name, message } = ending.failure;
  return alertRuns(deps, { on: "failure", runId: run.id, task: run.task, problem: { name: code, message } }, now);
}

type Fenced = Parameters<EngineDeps["store"]["undoRun"]>[0];

async function beginUndoing(deps: EngineDeps, fenced: Omit<Fenced, "ending">, ending: Ending): Promise<Ended> {
  const answer = await deps.store.undoRun({ ...fenced, ending });
  if ("refused" in answer) return "lost";
  deps.hints.freed(fenced.runId);
  if (ending.status === "canceled") await pokeChildren(deps, fenced.runId);
  return "undoing";
}
