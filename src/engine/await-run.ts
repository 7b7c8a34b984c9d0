import { sleep } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import type { Run } from "../core/run.ts";
import { isFinal } from "../core/run-state.ts";
import type { EngineDeps } from "./deps.ts";
import { getRun } from "./retrieve-run.ts";

const FIRST_POLL_MS = 50;
const LAST_POLL_MS = 1_000;

/**
 * Resolves when the run is final, or after `waitMs` with what it is by then.
 *
 * @throws {PerdureError} `RUN_NOT_FOUND`; `STOPPED` when the engine stops meanwhile.
 */
export async function awaitRun(
  deps: EngineDeps,
  { runId, waitMs }: { readonly runId: string; readonly waitMs: number },
): Promise<Run> {
  const until = deps.env.monotonic() + waitMs;
  let pollMs = FIRST_POLL_MS;
  for (;;) {
    // Listening begins before the look, so that an end between the two is heard.
    const ending = deps.endings.listen(runId);
    try {
      const run = await getRun(deps, runId);
      const leftMs = until - deps.env.monotonic();
      if (isFinal(run.status) || leftMs <= 0) return run;
      // Where no other node can finish the run, its end is always heard of, and polling would only cost.
      await sleep(deps.env, deps.store.isSingleNode ? leftMs : Math.min(leftMs, pollMs), ending.signal);
      if (deps.endings.isClosed) throw perdureError("STOPPED");
    } finally {
      ending.stop();
    }
    pollMs = Math.min(LAST_POLL_MS, pollMs * 2);
  }
}
