import type { AlertRule } from "../core/alerts.ts";
import type { Env } from "../core/env.ts";
import type { LogLine } from "../core/log-line.ts";
import type { LostProcess } from "../core/lost-process.ts";
import { createRedact, type Redact } from "../core/redact.ts";
import type { LeaseKey } from "../core/run.ts";
import type { TaskDefaults, TaskManifest } from "../core/task-manifest.ts";
import type { Store } from "../store/store.ts";
import type { Telemetry } from "../store/telemetry/telemetry.ts";
import { alertQueues } from "./alert-runs.ts";
import { appendLogs } from "./append-logs.ts";
import { awaitRun } from "./await-run.ts";
import { addBatchItems, createBatch, getBatch } from "./batches.ts";
import { cancelRun } from "./cancel-run.ts";
import { addTags, changeMetadata, rescheduleRun, resetIdempotencyKey } from "./change-run.ts";
import { firstCode, type Version, withLatest, withOlder } from "./code.ts";
import { queueControls } from "./control-queues.ts";
import { countReady } from "./count-ready.ts";
import { at, type EngineDeps } from "./deps.ts";
import { createEndings } from "./endings.ts";
import { explainRun } from "./explain-run.ts";
import { type FinishAttempt, finishAttempt } from "./finish-attempt.ts";
import { createHints, type Hints } from "./hints.ts";
import { createKeyRing } from "./key-ring.ts";
import { type FailureSpan, listFailures, listRuns, type RunQuery } from "./list-runs.ts";
import { createListeners } from "./listeners.ts";
import type { LoopOptions } from "./loops/loop.ts";
import { createLoops, type Loops } from "./loops/loops.ts";
import { reapOrphans } from "./loops/reaper.ts";
import { recordsDelayMs } from "./loops/record-pruner.ts";
import { loseProcess } from "./lose-process.ts";
import { type EngineMeter, meteredStore } from "./metering.ts";
import { packetCalls } from "./packets.ts";
import { type ParkRun, parkRun, unparkRun } from "./park-run.ts";
import {
  type CreatePublicToken,
  createPublicToken,
  signingSecret,
  type TokenDeps,
  type TokenUse,
  useToken,
} from "./public-tokens.ts";
import { declaredQueues } from "./queues.ts";
import { journalReads } from "./read-journal.ts";
import { type ReadLogs, readLogs } from "./read-logs.ts";
import { recordEntries } from "./record-entries.ts";
import { releaseRuns } from "./release-runs.ts";
import { renewLeases } from "./renew-leases.ts";
import { type ReplayRun, replayRun } from "./replay-run.ts";
import { type RestartRun, restartRun } from "./restart-run.ts";
import { getRun, listRunEvents } from "./retrieve-run.ts";
import { retryingStore } from "./retrying.ts";
import type { RunNews } from "./run-news.ts";
import { takeSurvey } from "./survey.ts";
import { type TriggerFromRun, triggerFromRun } from "./trigger-from-run.ts";
import { type TriggerRuns, triggerRuns } from "./trigger-runs.ts";

export interface EngineOptions {
  /** Stays its owner's: stopping the engine does not close it. */
  readonly store: Store;
  readonly env: Env;
  readonly environmentId: string;
  readonly tasks: readonly TaskManifest[];
  readonly defaults?: TaskDefaults;
  /** Who is told of failed and held runs: each time a run is made that somebody else delivers. */
  readonly alerts?: readonly AlertRule[];
  /** Of the code that this node runs; new runs remember it. */
  readonly taskVersion?: string;
  /** The version that runs start under, where workers have versions. Default: that of whoever takes them. */
  readonly latestVersion?: string;
  /** How long a worker owns a run without being heard. */
  readonly leaseMs?: number;
  /** The key with which the server was started: it needs no database, and may make others. */
  readonly secretKey?: string;
  /** How long final runs are kept. Absent: for good. */
  readonly retentionMs?: number;
  /** How long a final run keeps what it has recorded automatically. Default: 0, until a moment later. */
  readonly recordsMs?: number;
  /** Where lines of runs are kept; stays its owner's. Absent: nowhere. */
  readonly telemetry?: Telemetry;
  /** Told of each line that a run of a worker of this node logs. */
  readonly onLog?: (line: LogLine) => void;
  /** Takes secrets out of what is shown of a run's insides. Default: those that have the form or the name of one. */
  readonly redact?: Redact;
  /** Told of what happens to runs. */
  readonly meter?: EngineMeter;
  /** Told of errors that nobody waits for, such as a loop's; the loops go on. */
  readonly onProblem: LoopOptions["onProblem"];
}

export type Engine = ReturnType<typeof createEngine>;

const DEFAULT_LEASE_MS = 30_000;

/**
 * The use-cases over one store, and the loops that do what is due without being asked.
 *
 * @throws {PerdureError} `TASK_DUPLICATE`, `TASK_ID_RESERVED`, or `OPTION_INVALID` for queues and retry policies that contradict themselves.
 */
export function createEngine(options: EngineOptions) {
  const { tasks, env, onProblem, retentionMs, recordsMs = 0, alerts = [] } = options;
  const queues = [...declaredQueues(tasks), ...alertQueues(alerts)];
  const pokes = createListeners<string>("poke", onProblem);
  const news = createListeners<RunNews>("run news", onProblem);
  let code = firstCode(options);
  const [endings, lineNews] = [createEndings(), createEndings()];
  options.telemetry?.onStored((runIds) => runIds.forEach(lineNews.tell));
  const deps: EngineDeps = {
    store: meteredStore(retryingStore(options.store, env), options.meter),
    env,
    environmentId: options.environmentId,
    get code() {
      return code;
    },
    alerts,
    taskVersion: options.taskVersion,
    leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS,
    hints: hintsFor(() => loops, options.store, finished, pokes.tell),
    endings,
    news,
    telemetry: options.telemetry,
    lineNews,
    onLog: options.onLog ?? (() => undefined),
    redact: options.redact ?? createRedact([]),
    largeJournals: new Set(),
  };
  const loops = createLoops(deps, { onProblem, retentionMs, recordsMs });
  const tokenDeps: TokenDeps = {
    ...deps,
    keys: createKeyRing(deps, (error) => onProblem(error, "keys")),
    secretKey: options.secretKey,
  };
  let starting: Promise<void> | undefined;

  function finished(runId: string): void {
    endings.tell(runId);
    news.tell({ kind: "final", runId });
    loops.recordPruner.wakeIn(recordsDelayMs(recordsMs));
  }

  return {
    /** Declares the queues, hands the runs of dead workers on, and starts the loops. */
    start: (): Promise<void> => (starting ??= start(deps, queues, loops)),
    /** Ends the loops and lets go of everyone who waits here. */
    async stop(): Promise<void> {
      endings.close();
      lineNews.close();
      await loops.stop();
    },
    /** Has `listener` called with each executing run whose worker should look. @returns Ends that. */
    onPoke: pokes.listen,
    /** Has `listener` called with what becomes of runs. @returns Ends that. */
    onRunNews: news.listen,
    /**
     * From here on runs start under this version; those that have started go on under theirs. Its queues are declared before.
     *
     * @throws {PerdureError} as `createEngine`; nothing is changed then.
     */
    async useVersion(version: Version, defaults: TaskDefaults = code.defaults): Promise<void> {
      // Refused before anything is declared, and made again from what is known by then.
      withLatest(code, version, defaults);
      await deps.store.putQueues({ ...at(deps), queues: declaredQueues(version.tasks) });
      code = withLatest(code, version, defaults);
      // Runs that have not started are for the workers of another version now.
      deps.hints.ready();
    },
    /** Runs go on under this version too, and start the children that they wait for as it knows them. */
    knowVersion(version: Version): void {
      code = withOlder(code, version);
    },
    listFailures: (span: FailureSpan) => listFailures(deps, span),
    listOpenVersions: () => deps.store.listOpenVersions({ environmentId: deps.environmentId }),
    countReady: (code: Parameters<typeof countReady>[1]) => countReady(deps, code),
    loseProcess: (lost: LostProcess) => loseProcess(deps, lost),
    environmentId: deps.environmentId,
    secretKey: options.secretKey,
    now: () => deps.store.now(),
    keys: tokenDeps.keys,
    createPublicToken: (input: CreatePublicToken, keyId?: string) => createPublicToken(tokenDeps, input, keyId),
    signingSecret: (keyId: string | undefined) => signingSecret(tokenDeps, keyId),
    useToken: (use: TokenUse) => useToken(deps, use),

    triggerRuns: (input: TriggerRuns) => triggerRuns(deps, input),
    getRun: (runId: string) => getRun(deps, runId),
    listRuns: (query: RunQuery) => listRuns(deps, query),
    listRunEvents: (page: Parameters<typeof listRunEvents>[1]) => listRunEvents(deps, page),
    cancelRun: (runId: string) => cancelRun(deps, runId),
    replayRun: (input: ReplayRun) => replayRun(deps, input),
    restartRun: (input: RestartRun) => restartRun(deps, input),
    createBatch: (input: Parameters<typeof createBatch>[1]) => createBatch(deps, input),
    addBatchItems: (input: Parameters<typeof addBatchItems>[1]) => addBatchItems(deps, input),
    getBatch: (batchId: string) => getBatch(deps, batchId),
    packets: packetCalls(deps),
    changeMetadata: (input: Parameters<typeof changeMetadata>[1]) => changeMetadata(deps, input),
    addTags: (input: Parameters<typeof addTags>[1]) => addTags(deps, input),
    rescheduleRun: (input: Parameters<typeof rescheduleRun>[1]) => rescheduleRun(deps, input),
    resetIdempotencyKey: (input: Parameters<typeof resetIdempotencyKey>[1]) => resetIdempotencyKey(deps, input),
    awaitRun: (input: Parameters<typeof awaitRun>[1]) => awaitRun(deps, input),
    explainRun: (runId: string) => explainRun(deps, runId, loops.isAskedFor),

    ...queueControls(deps),
    takeSurvey: () => takeSurvey(deps),
    /** Writes something that does not matter. Not repeated: whoever asks wants to know whether it works now. */
    checkStore: () => options.store.noteCheck(at(deps)),

    appendLogs: (lines: readonly LogLine[]) => appendLogs(deps, lines, (error) => onProblem(error, "onLog")),
    readLogs: (query: ReadLogs) => readLogs(deps, query),

    leaseRuns: async (call: Parameters<Loops["lease"]>[0]) => ({
      runs: await loops.lease(call),
      leaseMs: deps.leaseMs,
      now: deps.store.now(),
    }),
    renewLeases: (leases: readonly LeaseKey[]) => renewLeases(deps, leases),
    releaseRuns: (leases: readonly LeaseKey[]) => releaseRuns(deps, leases),
    recordEntries: (input: Parameters<typeof recordEntries>[1]) => recordEntries(deps, input),
    triggerFromRun: (input: TriggerFromRun) => triggerFromRun(deps, input),
    parkRun: (input: ParkRun) => parkRun(deps, input),
    unparkRun: (input: Parameters<typeof unparkRun>[1]) => unparkRun(deps, input),
    finishAttempt: (input: FinishAttempt) => finishAttempt(deps, input),
    ...journalReads(deps),
  };
}

async function start(deps: EngineDeps, queues: ReturnType<typeof declaredQueues>, loops: Loops): Promise<void> {
  await deps.store.putQueues({ ...at(deps), queues });
  if (deps.store.isSingleNode) await reapOrphans(deps);
  loops.start();
}

function hintsFor(
  loops: () => Loops,
  store: Store,
  finished: (runId: string) => void,
  poke: (runId: string) => void,
): Hints {
  const wakeAt = (name: "dispatcher" | "reaper" | "waker" | "expirer" | "batchPruner") => (instant: number) =>
    loops()[name].wakeIn(Math.max(0, instant - store.now()));
  return createHints({
    dispatcher: wakeAt("dispatcher"),
    preferred: (workerId) => loops().prefer(workerId),
    reaper: wakeAt("reaper"),
    waker: wakeAt("waker"),
    expirer: wakeAt("expirer"),
    batchPruner: wakeAt("batchPruner"),
    canceler: () => loops().canceler.wake(),
    finished,
    poke,
  });
}
