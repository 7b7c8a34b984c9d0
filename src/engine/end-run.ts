import type { Ending, LeaseKey } from "../core/run.ts";
import type { Append } from "../store/store.ts";
import { at, type EngineDeps } from "./deps.ts";
import { pokeChildren } from "./poke-children.ts";

export type Ended = "failed" | "canceled" | "undoing" | "lost";

/**
 * Ends a run that has gone badly, from whatever open status it has. One that owes undos does them first and ends when they
 * are done. `lost` when the run was final already or is no longer the one that the caller saw.
 */
export async function endRun(deps: EngineDeps, lease: LeaseKey, ending: Ending, append?: Append): Promise<Ended> {
  const fenced = { ...at(deps), runId: lease.runId, epoch: lease.epoch, ...(append === undefined ? {} : { append }) };
  const answer =
    ending.status === "failed"
      ? await deps.store.failRun({ ...fenced, failure: ending.failure })
      : await deps.store.cancelRun({ ...fenced, ...(ending.failure === undefined ? {} : { failure: ending.failure }) });
  if ("refused" in answer) return answer.refused === "undos-owed" ? beginUndoing(deps, fenced, ending) : "lost";
  deps.largeJournals.delete(lease.runId);
  deps.hints.woken(answer.woken);
  deps.hints.finished(lease.runId);
  if (ending.status === "canceled") await pokeChildren(deps, lease.runId);
  return ending.status;
}

type Fenced = Parameters<EngineDeps["store"]["undoRun"]>[0];

async function beginUndoing(deps: EngineDeps, fenced: Omit<Fenced, "ending">, ending: Ending): Promise<Ended> {
  const answer = await deps.store.undoRun({ ...fenced, ending });
  if ("refused" in answer) return "lost";
  deps.hints.freed(fenced.runId);
  if (ending.status === "canceled") await pokeChildren(deps, fenced.runId);
  return "undoing";
}
