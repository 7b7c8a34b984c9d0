import type { Run } from "../core/run.ts";
import { type Explanation, type Situation, whyWaiting } from "../core/why-waiting.ts";
import type { EngineDeps } from "./deps.ts";
import type { Dispatcher } from "./loops/dispatcher.ts";
import { getRun } from "./retrieve-run.ts";

/** Executing runs that are looked at for a worker of the run's version. */
const LOOK_AT = 100;

/**
 * Why a run is not running.
 *
 * @throws {PerdureError} `RUN_NOT_FOUND`.
 */
export async function explainRun(
  deps: EngineDeps,
  runId: string,
  isAskedFor: Dispatcher["isAskedFor"],
): Promise<Explanation> {
  const { store, environmentId, code } = deps;
  const run = await getRun(deps, runId);
  const now = store.now();
  const version = run.taskVersion ?? code.latestVersion;
  const [waitpoints, { pausedAt }, [queue], executing] = await Promise.all([
    store.listWaitpoints({ environmentId, runId, journal: run.journal }),
    store.findEnvironment({ environmentId }),
    store.surveyQueues({ environmentId, now, names: [run.queue] }),
    store.listRuns({ environmentId, statuses: ["executing"], limit: LOOK_AT }),
  ]);
  return whyWaiting({
    run,
    now,
    waitpoints,
    pausedAt,
    queue: queue ?? { concurrencyLimit: null, executing: 0 },
    version,
    workers: isAskedFor(run) ? "asking" : workersOf(version, executing),
  });
}

/** Whoever executes a run of the version could take this one too, and does not ask because it has enough. */
function workersOf(version: string | undefined, executing: readonly Run[]): Situation["workers"] {
  const isBusy = executing.some(({ taskVersion }) => version === undefined || taskVersion === version);
  return isBusy ? "busy" : "none";
}
