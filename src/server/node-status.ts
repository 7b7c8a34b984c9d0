import { perdureError } from "../core/errors.ts";
import type { Survey } from "../engine/index.ts";
import type { NodeProblem, NodeStatus, VersionView } from "../protocol/index.ts";
import { packageVersion } from "../system/index.ts";
import type { CrewReport } from "./crew-report.ts";

const SHOWN_QUEUES = 50;

/** A node on one screen. */
export function nodeStatus(
  { now, runs, queues, versions, pausedAt, store }: Survey,
  {
    crew,
    startedAt,
    problems,
  }: {
    readonly crew: CrewReport | undefined;
    readonly startedAt: number;
    readonly problems: readonly { readonly code: string; readonly message: string }[];
  },
): NodeStatus {
  const { waitingWrites: _, ...database } = store;
  return {
    version: packageVersion(),
    pid: process.pid,
    startedAt,
    now,
    database,
    ...(pausedAt === undefined ? {} : { pausedAt }),
    runs,
    queues: fullestQueues(queues).slice(0, SHOWN_QUEUES),
    queueCount: queues.length,
    versions: versionViews(versions, crew),
    workers: (crew?.pools ?? []).flatMap(({ version, workers }) => workers.map((worker) => ({ version, ...worker }))),
    problems: [...problems.map(({ code, message }) => ({ code, message })), ...crewProblems(crew)],
  };
}

/** Those in which the most happens, and among equals by name. */
export function fullestQueues(queues: Survey["queues"]): Survey["queues"] {
  return queues.toSorted((a, b) => b.due + b.executing - (a.due + a.executing) || (a.name < b.name ? -1 : 1));
}

function versionViews(open: Survey["versions"], crew: CrewReport | undefined): readonly VersionView[] {
  const counts = new Map(open.map(({ id, runs }) => [id, runs]));
  if (crew !== undefined) for (const id of [crew.current, ...crew.missing]) counts.set(id, counts.get(id) ?? 0);
  return [...counts].map(([id, openRuns]) => ({
    id,
    openRuns,
    isCurrent: id === crew?.current,
    isMissing: crew?.missing.includes(id) ?? false,
  }));
}

/** Of older versions; the current one's belong to whether the node is ready. */
function crewProblems(crew: CrewReport | undefined): readonly NodeProblem[] {
  if (crew === undefined) return [];
  const failing = crew.pools.flatMap(({ version, failing: problem }) =>
    problem === undefined || version === crew.current ? [] : [{ code: problem.code, message: problem.message }],
  );
  const missing = crew.missing.map((version) => {
    const { code, message } = perdureError("VERSION_MISSING", { version, folder: ".perdure/versions" });
    return { code, message };
  });
  return [...failing, ...missing];
}
