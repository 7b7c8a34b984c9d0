import { decodeValue } from "../core/codec.ts";
import type { Duration } from "../core/duration.ts";
import { perdureError } from "../core/errors.ts";
import { errorOf } from "../core/failure.ts";
import { LIMITS } from "../core/limits.ts";
import { isFinal, type RunPhase, type RunStatus } from "../core/run-state.ts";
import type { WaitReason } from "../core/why-waiting.ts";
import type { RunView } from "../protocol/client-calls.ts";
import { type Client, defaultClient } from "./host.ts";
import { toDelay } from "./options.ts";
import { type JournalOfRun, type JournalOptions, readJournal } from "./run-journal.ts";
import { type FollowLogsOptions, followLogs, type LogsOfRunOptions, readLogs } from "./run-logs.ts";
import type { AnyTask, TaskOutput } from "./task.ts";
import type { RunHandle } from "./trigger.ts";

/** A run as it stood when it was read. */
export interface RunObject<Output = unknown> {
  readonly id: string;
  readonly taskIdentifier: string;
  readonly queue: string;
  readonly status: RunStatus;
  readonly phase: RunPhase;
  readonly payload: unknown;
  /** Set when the run is completed. */
  readonly output: Output | undefined;
  /** Of a run that failed, or the last attempt of one that is being retried. */
  readonly error: Error | undefined;
  readonly metadata: Record<string, unknown> | undefined;
  readonly tags: readonly string[];
  readonly attemptCount: number;
  readonly maxAttempts: number;
  readonly idempotencyKey: string | undefined;
  readonly version: string | undefined;
  readonly depth: number;
  readonly parentRunId: string | undefined;
  readonly rootRunId: string;
  readonly replayOfRunId: string | undefined;
  readonly batchId: string | undefined;
  /** Earliest start, of a run that is delayed or between attempts. */
  readonly delayedUntil: Date | undefined;
  readonly createdAt: Date;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  readonly isQueued: boolean;
  readonly isExecuting: boolean;
  readonly isWaiting: boolean;
  readonly isCompleted: boolean;
  readonly isSuccess: boolean;
  readonly isFailed: boolean;
  readonly isCancelled: boolean;
}

export interface ListRunsOptions {
  status?: RunStatus | readonly RunStatus[];
  taskIdentifier?: string | readonly string[];
  queue?: string | readonly string[];
  tag?: string;
  batch?: string;
  from?: Date;
  to?: Date;
  /** Runs to a page, 1 to 100. Default: 25. */
  limit?: number;
  /** The `next` of the page before. */
  after?: string;
}

export interface RunsPage {
  readonly data: readonly RunObject[];
  readonly pagination: { readonly next?: string };
}

/** A run by its id, its handle, or anything that has its id. */
export type RunReference<Output> = string | RunHandle<string, Output> | { readonly id: string };

/** Runs of the one instance that was started in this process; `perdure.runs` are those of a particular one. */
export const runs = createRuns(() => defaultClient("runs"));

export type Runs = ReturnType<typeof createRuns>;

/** A node that cannot hold a request open for so long answers sooner, and is asked again. */
const POLL_MS = 24 * 60 * 60 * 1_000;

export function createRuns(client: () => Client) {
  return {
    /** @throws {PerdureError} `RUN_NOT_FOUND`. */
    async retrieve<Output = unknown>(run: RunReference<Output>): Promise<RunObject<Output>> {
      return toRunObject(await client().calls.retrieve({ runId: idOf(run) }));
    },
    /** Newest first. */
    async list(options: ListRunsOptions = {}): Promise<RunsPage> {
      const { status, taskIdentifier, queue, tag, batch, from, to, limit = 25, after } = options;
      if (!(Number.isInteger(limit) && limit >= 1 && limit <= LIMITS.listRuns)) {
        throw perdureError("OPTION_INVALID", {
          what: "runs.list()",
          problem: `limit must be a whole number from 1 to ${LIMITS.listRuns}`,
        });
      }
      const page = await client().calls.list({
        limit,
        ...(after === undefined ? {} : { after }),
        ...(status === undefined ? {} : { statuses: listOf(status) }),
        ...(taskIdentifier === undefined ? {} : { tasks: listOf(taskIdentifier) }),
        ...(queue === undefined ? {} : { queues: listOf(queue) }),
        ...(tag === undefined ? {} : { tag }),
        ...(batch === undefined ? {} : { batchId: batch }),
        ...(from === undefined ? {} : { createdFrom: from.getTime() }),
        ...(to === undefined ? {} : { createdTo: to.getTime() }),
      });
      return {
        data: page.runs.map((view) => toRunObject(view)),
        pagination: page.next === undefined ? {} : { next: page.next },
      };
    },
    /** Asks for the end of a run and of its children; a final run stays as it is. @throws {PerdureError} `RUN_NOT_FOUND`. */
    async cancel(run: RunReference<unknown>): Promise<{ id: string }> {
      return client().calls.cancel({ runId: idOf(run) });
    },
    /** Asks for a new run with the same payload, metadata, tags and queue. @throws {PerdureError} `RUN_NOT_FOUND`. */
    async replay(run: RunReference<unknown>): Promise<{ id: string }> {
      const { calls, newId } = client();
      return calls.replay({ runId: idOf(run), newRunId: newId("run") });
    },
    /** Lets a run that is held after a divergence begin its attempt anew with the steps it kept. @throws {PerdureError} `RUN_NOT_HELD`. */
    async restart(run: RunReference<unknown>): Promise<{ id: string }> {
      const { calls, newId } = client();
      return calls.restart({ runId: idOf(run), requestKey: newId("request") });
    },
    /**
     * Sets another earliest start of a run that is delayed; a date, or a duration from now. Its TTL counts from there.
     *
     * @throws {PerdureError} `RUN_NOT_FOUND`, `RUN_NOT_DELAYED`, `DURATION_INVALID`.
     */
    async reschedule<Output = unknown>(
      run: RunReference<Output>,
      { delay }: { delay: Date | Duration },
    ): Promise<RunObject<Output>> {
      const { calls, newId } = client();
      const when = toDelay(delay);
      return toRunObject(await calls.reschedule({ runId: idOf(run), ...when, requestKey: newId("request") }));
    },
    /** Resolves when the run is final. @throws {PerdureError} `RUN_NOT_FOUND`. */
    async poll<Output = unknown>(run: RunReference<Output>): Promise<RunObject<Output>> {
      const { calls } = client();
      for (;;) {
        const view = await calls.awaitRun({ runId: idOf(run), waitMs: POLL_MS });
        if (isFinal(view.status)) return toRunObject(view);
      }
    },
    /** Why the run is not running: a reason for programs, a sentence for people, and when it goes on by itself, where that is known. @throws {PerdureError} `RUN_NOT_FOUND`. */
    async explain(
      run: RunReference<unknown>,
    ): Promise<{ readonly reason: WaitReason; readonly sentence: string; readonly until: Date | undefined }> {
      const { reason, sentence, until } = await client().calls.explain({ runId: idOf(run) });
      return { reason, sentence, until: until === undefined ? undefined : new Date(until) };
    },
    /** The run's story, line by line. */
    async events(run: RunReference<unknown>, { after = 0, limit = 1_000 }: { after?: number; limit?: number } = {}) {
      const { events } = await client().calls.events({ runId: idOf(run), afterSeq: after, limit });
      return events.map(({ details, at, ...event }) => ({
        ...event,
        at: new Date(at),
        details: details === undefined ? undefined : (JSON.parse(details) as unknown),
      }));
    },
    /** A page of what is recorded of the run, in the order in which its code saw it. @throws {PerdureError} `RUN_NOT_FOUND`, `OPTION_INVALID`. */
    journal: (run: RunReference<unknown>, options?: JournalOptions): Promise<JournalOfRun> =>
      readJournal(client(), idOf(run), options),
    /** A page of what the run's code logged, in order. @throws {PerdureError} `RUN_NOT_FOUND`, `LOGS_OFF`, `LOGS_UNAVAILABLE`. */
    logs: (run: RunReference<unknown>, options?: LogsOfRunOptions) => readLogs(client(), idOf(run), options),
    /**
     * What the run's code logs, line by line as it comes, until the run is final and its last line was given.
     *
     * @throws {PerdureError} `RUN_NOT_FOUND`, `LOGS_OFF`, `LOGS_UNAVAILABLE`, where the lines are waited for.
     * @example for await (const { message } of runs.followLogs(handle)) console.log(message);
     */
    followLogs: (run: RunReference<unknown>, options?: FollowLogsOptions) => followLogs(client(), idOf(run), options),
  };
}

/** The output's type of a run of this task. */
export type RunOf<T extends AnyTask> = RunObject<TaskOutput<T>>;

export function toRunObject<Output>(view: RunView): RunObject<Output> {
  const { status } = view;
  return {
    id: view.id,
    taskIdentifier: view.task,
    queue: view.queue,
    status,
    phase: view.phase,
    payload: view.payload === undefined ? undefined : decodeValue(view.payload),
    output: (view.output === undefined ? undefined : decodeValue(view.output)) as Output | undefined,
    error: view.failure === undefined ? undefined : errorOf(view.failure),
    metadata: view.metadata === undefined ? undefined : (JSON.parse(view.metadata) as Record<string, unknown>),
    tags: view.tags,
    attemptCount: view.attempt,
    maxAttempts: view.maxAttempts,
    idempotencyKey: view.idempotencyKey,
    version: view.taskVersion,
    depth: view.depth,
    parentRunId: view.parentRunId,
    rootRunId: view.rootRunId,
    replayOfRunId: view.replayOfRunId,
    batchId: view.batchId,
    delayedUntil: status === "queued" && view.dueAt > view.createdAt ? new Date(view.dueAt) : undefined,
    createdAt: new Date(view.createdAt),
    startedAt: view.startedAt === undefined ? undefined : new Date(view.startedAt),
    finishedAt: view.finishedAt === undefined ? undefined : new Date(view.finishedAt),
    isQueued: status === "queued",
    isExecuting: status === "executing",
    isWaiting: status === "waiting",
    isCompleted: isFinal(status),
    isSuccess: status === "completed",
    isFailed: status === "failed",
    isCancelled: status === "canceled",
  };
}

function idOf(run: RunReference<unknown>): string {
  return typeof run === "string" ? run : run.id;
}

function listOf<T>(given: T | readonly T[]): readonly T[] {
  return Array.isArray(given) ? given : [given as T];
}
