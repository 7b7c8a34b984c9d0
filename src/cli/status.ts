import { RUN_STATUSES } from "../core/run-state.ts";
import { BYTES_PER_MB } from "../core/size.ts";
import type { NodeStatus } from "../protocol/index.ts";
import { type Command, type Input, UsageError } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { bytesText, spanText, table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** `perdure status`. */
export const statusCommand: Command = {
  options: {},
  async run({ positionals, client, terminal }: Input) {
    if (positionals.length > 0) throw new UsageError(`status takes options only, not ${positionals[0]}.`);
    const status = await client().calls.status({});
    for (const line of statusLines(status, terminal)) terminal.line(line);
    terminal.json(status);
    return EXIT_CODES.ok.code;
  },
};

function statusLines(status: NodeStatus, terminal: Terminal): readonly string[] {
  const blocks = [
    nodeLines(status),
    problemLines(status, terminal),
    table([["VERSION", "OPEN RUNS", ""], ...status.versions.map(versionRow)]),
    table([["WORKER", "VERSION", "STATE", "HOLDS", "LAG", "MEMORY"], ...status.workers.map(workerRow)]),
    queueLines(status),
  ];
  return blocks.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));
}

function nodeLines({ version, pid, startedAt, now, database, runs, pausedAt }: NodeStatus): readonly string[] {
  const { kind, migration, bytes } = database;
  const size = bytes === undefined ? "" : `, ${bytesText(bytes)}`;
  return [
    `Perdure ${version}, pid ${pid}, up ${spanText(now - startedAt)}`,
    `database: ${kind}${size}, migration ${migration}`,
    `runs: ${RUN_STATUSES.map((status) => `${runs[status]} ${status}`).join(", ")}`,
    ...(pausedAt === undefined ? [] : [`everything is paused since ${new Date(pausedAt).toISOString()}`]),
  ];
}

function problemLines({ problems }: NodeStatus, terminal: Terminal): readonly string[] {
  return problems.map(({ code, message }) => `${terminal.paint(code, "red")}: ${message}`);
}

function versionRow({ id, openRuns, isCurrent, isMissing }: NodeStatus["versions"][number]): readonly string[] {
  return [id, String(openRuns), isMissing ? "missing" : isCurrent ? "current" : ""];
}

function workerRow(worker: NodeStatus["workers"][number]): readonly string[] {
  const { pid, version, isReady, held, lagMs, stalledMs, rssMb } = worker;
  const state = stalledMs > 0 ? `busy for ${spanText(stalledMs)}` : isReady ? "ready" : "starting";
  return [String(pid), version, state, String(held), spanText(lagMs), bytesText(rssMb * BYTES_PER_MB)];
}

function queueLines({ queues, queueCount, now }: NodeStatus): readonly string[] {
  const rows = queues.map((queue) => [
    queue.name,
    String(queue.due),
    queue.oldestDueAt === undefined ? "-" : spanText(now - queue.oldestDueAt),
    `${queue.executing}${queue.concurrencyLimit === null ? "" : ` of ${queue.concurrencyLimit}`}`,
    queue.pausedAt === undefined ? "" : "paused",
  ]);
  const more = queueCount - queues.length;
  return [
    ...table([["QUEUE", "DUE", "OLDEST", "EXECUTING", ""], ...rows]),
    ...(more > 0 ? [`${more} more: perdure queues list`] : []),
  ];
}
