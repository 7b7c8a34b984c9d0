import { type LostLease, type LostProcess, verdictOn } from "../core/lost-process.ts";
import { at, type EngineDeps } from "./deps.ts";
import { endAttempt, nothingAfter } from "./finish-attempt.ts";
import { findLeased } from "./leased-run.ts";
import { reapRun } from "./reap-run.ts";
import { releaseRuns } from "./release-runs.ts";

/** A worker process is gone for certain: its runs go on at once, each as far as it is to blame. */
export async function loseProcess(deps: EngineDeps, lost: LostProcess): Promise<void> {
  await Promise.all(lost.leases.map((lease) => loseLease(deps, lease, lost)));
}

async function loseLease(deps: EngineDeps, lease: LostLease, lost: LostProcess): Promise<void> {
  const run = await findLeased(deps, lease);
  if (run === undefined) return;
  const verdict = verdictOn(run, lease, lost);
  switch (verdict.kind) {
    case "release":
      return releaseRuns(deps, [{ runId: lease.runId, epoch: lease.epoch }]);
    case "reap":
      return reapRun(deps, run);
    case "quarantine": {
      const answer = await deps.store.quarantineRun({ ...at(deps), runId: run.id, epoch: run.epoch });
      if ("refused" in answer) return;
      deps.hints.freed(run.id);
      if (run.cancelRequestedAt !== undefined) deps.hints.canceling();
      return;
    }
    case "fail":
      await endAttempt(deps, run, { kind: "threw", failure: verdict.failure }, nothingAfter(run));
  }
}
