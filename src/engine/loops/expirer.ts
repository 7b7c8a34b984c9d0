import { failureOfCode } from "../../core/failure.ts";
import type { Run } from "../../core/run.ts";
import type { EngineDeps } from "../deps.ts";
import { endRun } from "../end-run.ts";
import { napUntil } from "./nap.ts";

const BATCH = 100;

/** Fails queued runs whose TTL has passed and that never started. */
export async function expireRuns(deps: EngineDeps): Promise<number | undefined> {
  const { store, environmentId } = deps;
  const runs = await store.listExpiredRuns({ environmentId, now: store.now(), limit: BATCH });
  await Promise.all(runs.map((run) => expire(deps, run)));
  if (runs.length === BATCH) return 0;
  const { expiryAt } = await store.nextDue({ environmentId, now: store.now() });
  return napUntil(deps, expiryAt);
}

async function expire(deps: EngineDeps, run: Run): Promise<void> {
  const failure = failureOfCode("expired", "RUN_EXPIRED", { runId: run.id });
  await endRun(deps, run, { status: "failed", failure });
}
