import { failureOfCode } from "../core/failure.ts";
import type { Lane } from "../core/lane.ts";
import type { LeasedRun, Run } from "../core/run.ts";
import { isMissingValue } from "../store/store.ts";
import { at, type EngineDeps } from "./deps.ts";
import { endAttempt, nothingAfter } from "./finish-attempt.ts";

export interface LeaseRuns {
  readonly workerId: string;
  /** Made by the worker; repeated with the same one, the call gets the same runs. */
  readonly leaseId: string;
  readonly tasks: readonly string[];
  /** Of the worker's code: it gets runs of this version and, when it is the latest, of none yet. Absent: any. */
  readonly version?: string;
  /** Only runs that share a process, or only those that do not. Absent: both. */
  readonly lane?: Lane;
  readonly limit: number;
}

/** Gives ready runs to a worker, within the limits of their queues. Workers ask through the dispatcher, which waits for them. */
export async function leaseRuns(
  deps: EngineDeps,
  { workerId, leaseId, tasks, version, lane, limit }: LeaseRuns,
): Promise<readonly LeasedRun[]> {
  const { leaseMs } = deps;
  const asked = { ...at(deps), workerId, leaseId, tasks, limit, leaseMs };
  const runs = await deps.store.leaseRuns({
    ...asked,
    ...ofVersion(deps, version),
    ...(lane === undefined ? {} : { lane }),
  });
  if (runs.length > 0)
    deps.hints.leased(Math.min(...runs.map(({ leaseUntil }) => leaseUntil ?? Number.POSITIVE_INFINITY)));
  for (const run of runs) deps.news.tell({ kind: "leased", run });
  if (!runs.some(isWithoutPayload)) return runs;
  for (const run of runs.filter(isWithoutPayload)) await failWithoutPayload(deps, run);
  return runs.filter((run) => !isWithoutPayload(run));
}

/** Where nobody said which version is the latest, each may be. */
export function ofVersion({ code: { latestVersion } }: EngineDeps, id: string | undefined) {
  return id === undefined ? {} : { version: { id, isLatest: latestVersion === undefined || id === latestVersion } };
}

function isWithoutPayload({ payload }: Run): boolean {
  return isMissingValue(payload);
}

/** Nobody can run it, and no retry brings its payload back. */
async function failWithoutPayload(deps: EngineDeps, run: Run): Promise<void> {
  const details = { blobId: run.payload ?? "", path: "the blob store" };
  const failure = failureOfCode("bad_input", "BLOB_MISSING", details);
  await endAttempt(deps, run, { kind: "threw", failure }, nothingAfter(run));
}
