import { nextTurn, sleep } from "../core/env.ts";
import type { AnyTask } from "../sdk/index.ts";
import type { Execution } from "./execution.ts";
import type { Undo } from "./steps.ts";

/** Turns that code gets after its last recorded result to come to its next step. */
const LAST_TURNS = 10;
const LOOK_AGAIN_MS = 50;
/** How long code gets to come to its recorded steps again. */
const PATIENCE_MS = 60_000;

/**
 * Runs the code of one journal again without beginning anything, only to hear how its steps are taken back. Effects that
 * no step records happen again.
 *
 * @param execution - Of that journal; closed when this is over.
 */
export async function recoverUndos(execution: Execution, task: AnyTask): Promise<ReadonlyMap<string, Undo>> {
  const { journal, timers, deps, steps, halted } = execution;
  const isLate = new Promise<void>((resolve) => timers.set(PATIENCE_MS, resolve));
  try {
    await Promise.race([execution.listen(task), halted, isLate]);
    for (let turn = 0; turn < LAST_TURNS; turn++) await nextTurn(deps.env);
    await Promise.race([untilHeard(execution), halted, isLate]);
    journal.intendDeferred();
  } finally {
    execution.close();
  }
  return steps.undos;
}

/** A step that was in flight when its process ended has no result in the journal, and the code may be at work before it. */
async function untilHeard(execution: Execution): Promise<void> {
  const { journal, steps, deps } = execution;
  for (journal.intendDeferred(); !steps.areIntentsHeard && !execution.isClosed; journal.intendDeferred())
    await sleep(deps.env, LOOK_AGAIN_MS);
}
