/**
 * What a node counts. Each room tells what it measures to a listener that it was given (`engine`, `onBatch`, `onRequest`,
 * `onWorkerEnded`), and none of them knows Prometheus; what is a state rather than an event (runs by status, depths, processes) is read when somebody
 * asks (`text`). Names follow the conventions of Prometheus: base units, `_total`, one prefix.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { BYTES_PER_MB } from "../../core/size.ts";
import type { EngineMeter, Survey } from "../../engine/index.ts";
import type { WorkerEnd } from "../../pool/index.ts";
import type { WrittenBatch } from "../../store/index.ts";
import { packageVersion } from "../../system/index.ts";
import type { CrewReport } from "../crew-report.ts";
import { fullestQueues } from "../node-status.ts";
import { createRegistry } from "./registry.ts";

export interface Metrics {
  readonly engine: EngineMeter;
  onBatch(batch: WrittenBatch): void;
  onRequest(request: { method: string; route: string; status: number; ms: number }): void;
  onWorkerEnded(cause: WorkerEnd): void;
  /** @param survey - Absent when the store does not answer. */
  text(survey: Survey | undefined, crew: CrewReport | undefined): string;
  close(): void;
}

const SHOWN_QUEUES = 20;
const MS = 1_000;
const NS = 1e9;
const RESOLUTION_MS = 10;
/** From a commit on a fast disk to one that everybody notices. */
const COMMIT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const WRITES_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500];
/** Runs take milliseconds or days. */
const SPAN_BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400, 604_800];
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createMetrics(): Metrics {
  const { text, ...make } = createRegistry();
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  const counters = createCounters(make);
  const readings = createReadings(make);
  return {
    ...counters,
    text(survey, crew) {
      readings.process(delays);
      readings.store(survey);
      if (survey !== undefined) readings.runs(survey);
      if (crew !== undefined) readings.crew(crew);
      return text();
    },
    close: () => delays.disable(),
  };
}

type Make = Omit<ReturnType<typeof createRegistry>, "text">;

function createCounters({ counter, histogram }: Make): Omit<Metrics, "text" | "close"> {
  const created = counter("perdure_runs_created_total", "Runs that were accepted, by task.");
  const started = counter("perdure_runs_leased_total", "Times that a run was given to a worker, by task.");
  const finished = counter("perdure_runs_finished_total", "Runs that became final, by task and outcome.");
  const retried = counter(
    "perdure_attempts_retried_total",
    "Attempts that failed and are followed by another, by task.",
  );
  const reaped = counter("perdure_leases_reaped_total", "Runs whose worker was gone.");
  const duration = histogram(
    "perdure_run_duration_seconds",
    "From a run's first start to its end, waits included, by task.",
    SPAN_BUCKETS,
  );
  const queued = histogram(
    "perdure_run_queue_wait_seconds",
    "From the instant at which a run may start or go on until a worker has it, by queue.",
    SPAN_BUCKETS,
  );
  const commit = histogram(
    "perdure_store_commit_seconds",
    "From the sending of a group of writes until it is committed and answered.",
    COMMIT_BUCKETS,
  );
  const writes = histogram("perdure_store_commit_writes", "Writes that share a commit.", WRITES_BUCKETS);
  const requests = counter("perdure_http_requests_total", "HTTP requests, by method, route and status.");
  const answering = histogram("perdure_http_request_duration_seconds", "Time to an answer, by route.", REQUEST_BUCKETS);
  const ended = counter("perdure_workers_ended_total", "Worker processes that ended without being asked, by reason.");
  reaped.add({}, 0);
  return {
    engine: {
      created: (task) => created.add({ task }),
      leased({ task, queue, waitedMs }) {
        started.add({ task });
        queued.observe(waitedMs / MS, { queue });
      },
      ended({ status, failureKind, task = "other", durationMs }) {
        finished.add({ task, outcome: failureKind === undefined ? status : `${status}_${failureKind}` });
        if (durationMs !== undefined) duration.observe(durationMs / MS, { task });
      },
      retried: (task = "other") => retried.add({ task }),
      reaped: () => reaped.add(),
    },
    onBatch({ writes: count, ms }) {
      commit.observe(ms / MS);
      writes.observe(count);
    },
    onRequest({ method, route, status, ms }) {
      requests.add({ method, route, status: String(status) });
      answering.observe(ms / MS, { route });
    },
    onWorkerEnded: (cause) => ended.add({ reason: reasonOf(cause) }),
  };
}

function createReadings({ gauge, total }: Make) {
  const build = gauge("perdure_build_info", "1, with the version of Perdure.");
  const runs = gauge("perdure_runs", "Runs by status.");
  const paused = gauge("perdure_paused", "1 when everything is paused.");
  const due = gauge("perdure_queue_due_runs", "Runs that may start and wait for a worker or a place, by queue.");
  const oldest = gauge("perdure_queue_oldest_due_seconds", "How long the first of those has waited, by queue.");
  const executing = gauge("perdure_queue_executing_runs", "Runs that execute, by queue.");
  const limits = gauge(
    "perdure_queue_concurrency_limit",
    "Runs that may execute at once, of queues that have a limit.",
  );
  const queuePaused = gauge("perdure_queue_paused", "1 of queues that are paused.");
  const open = gauge("perdure_version_open_runs", "Runs with work ahead, by version.");
  const up = gauge("perdure_store_up", "1 when the database answers.");
  const waiting = gauge("perdure_store_waiting_writes", "Writes that wait for their commit.");
  const size = gauge("perdure_store_size_bytes", "The database on its disk.");
  const workers = gauge("perdure_workers", "Worker processes, by version and whether they take runs.");
  const held = gauge("perdure_worker_held_runs", "Runs that worker processes hold, by version.");
  const lag = gauge("perdure_worker_event_loop_lag_seconds", "The latest event loop of a version's processes.");
  const memory = gauge("perdure_worker_resident_memory_bytes", "Memory of a version's processes together.");
  const failing = gauge("perdure_pool_failing", "1 of versions whose worker processes do not start.");
  const delay = gauge("perdure_event_loop_delay_seconds", "Delay of this process's event loop since the last reading.");
  const resident = gauge("process_resident_memory_bytes", "Resident memory size in bytes.");
  const started = gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.");
  total("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  return {
    process(delays: ReturnType<typeof monitorEventLoopDelay>) {
      build.set(1, { version: packageVersion() });
      // A loop that is never late is measured by the full resolution.
      for (const [stat, ns] of [
        ["p50", delays.percentile(50)],
        ["p99", delays.percentile(99)],
        ["max", delays.max],
      ] as const)
        delay.set(delays.count === 0 ? 0 : Math.max(0, ns / NS - RESOLUTION_MS / MS), { stat });
      delays.reset();
      resident.set(process.memoryUsage.rss());
      started.set(performance.timeOrigin / MS);
    },
    store(survey: Survey | undefined) {
      up.set(survey === undefined ? 0 : 1);
      if (survey === undefined) return;
      waiting.set(survey.store.waitingWrites);
      if (survey.store.bytes !== undefined) size.set(survey.store.bytes);
    },
    runs(survey: Survey) {
      for (const [status, count] of Object.entries(survey.runs)) runs.set(count, { status });
      paused.set(survey.pausedAt === undefined ? 0 : 1);
      for (const { id, runs: count } of survey.versions) open.set(count, { version: id });
      for (const queue of shownQueues(survey)) {
        const labels = { queue: queue.name };
        due.set(queue.due, labels);
        oldest.set(queue.oldestDueAt === undefined ? 0 : Math.max(0, survey.now - queue.oldestDueAt) / MS, labels);
        executing.set(queue.executing, labels);
        if (queue.concurrencyLimit !== null) limits.set(queue.concurrencyLimit, labels);
        queuePaused.set(queue.pausedAt === undefined ? 0 : 1, labels);
      }
    },
    crew({ pools }: CrewReport) {
      for (const { version, workers: processes, failing: problem } of pools) {
        const ready = processes.filter(({ isReady }) => isReady).length;
        workers.set(ready, { version, state: "ready" });
        workers.set(processes.length - ready, { version, state: "starting" });
        held.set(sum(processes.map((one) => one.held)), { version });
        lag.set(Math.max(0, ...processes.map((one) => Math.max(one.lagMs, one.stalledMs))) / MS, { version });
        memory.set(sum(processes.map(({ rssMb }) => rssMb)) * BYTES_PER_MB, { version });
        failing.set(problem === undefined ? 0 : 1, { version });
      }
    },
  };
}

type Shown = Pick<
  Survey["queues"][number],
  "name" | "due" | "executing" | "oldestDueAt" | "concurrencyLimit" | "pausedAt"
>;

/** The fullest ones, and the rest as one. */
function shownQueues({ queues }: Survey): readonly Shown[] {
  const sorted = fullestQueues(queues);
  const rest = sorted.slice(SHOWN_QUEUES);
  if (rest.length === 0) return sorted;
  const instants = rest.flatMap(({ oldestDueAt }) => oldestDueAt ?? []);
  const others: Shown = {
    name: "other",
    due: sum(rest.map(({ due }) => due)),
    executing: sum(rest.map(({ executing }) => executing)),
    concurrencyLimit: null,
    ...(instants.length === 0 ? {} : { oldestDueAt: instants.reduce((a, b) => Math.min(a, b)) }),
  };
  return [...sorted.slice(0, SHOWN_QUEUES), others];
}

function reasonOf({ killedFor, signal, exitCode }: WorkerEnd): string {
  if (killedFor !== undefined) return REASONS[killedFor];
  if (signal !== null) return "signal";
  return exitCode === null ? "not_started" : "exit";
}

const REASONS: Readonly<Record<NonNullable<WorkerEnd["killedFor"]>, string>> = {
  start: "slow_start",
  heartbeat: "silence",
  hang: "hang",
  stop: "slow_stop",
  duration: "duration",
  memory: "memory",
};

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
