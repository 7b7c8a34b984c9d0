import type { QueueObject } from "../sdk/index.ts";
import { type Command, UsageError, wholeOf } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { spanText, table } from "./table.ts";

/** `perdure queues list`. */
export const queuesListCommand: Command = {
  options: {
    page: { type: "string", value: "<n>", means: "Which page. Default: 1." },
    limit: { type: "string", value: "<n>", means: "Queues to a page, 1 to 100. Default: 25." },
  },
  async run(input) {
    const { positionals, queues, terminal } = input;
    if (positionals.length > 0) throw new UsageError(`queues list takes options only, not ${positionals[0]}.`);
    const [page = 1, perPage = 25] = [wholeOf(input, "page", 1), wholeOf(input, "limit", 1)];
    const { data, pagination } = await queues.list({ page, perPage });
    for (const line of queueTable(data, Date.now())) terminal.line(line);
    if (data.length === 0) terminal.progress("There is no queue.");
    if (page < pagination.totalPages) terminal.progress(`More: --page ${page + 1}`);
    terminal.json({ data, pagination });
    return EXIT_CODES.ok.code;
  },
};

/** One line for each queue, under their headings. */
function queueTable(queues: readonly QueueObject[], now: number): readonly string[] {
  const rows = queues.map((queue) => [
    queue.name,
    String(queue.queued),
    queue.oldestQueuedAt === undefined ? "-" : spanText(now - queue.oldestQueuedAt.getTime()),
    String(queue.delayed),
    `${queue.running}${queue.concurrencyLimit === null ? "" : ` of ${queue.concurrencyLimit}`}`,
    String(queue.waiting),
    queue.pausedAt === undefined ? "" : `paused since ${queue.pausedAt.toISOString()}`,
  ]);
  return table([["QUEUE", "DUE", "OLDEST", "DELAYED", "EXECUTING", "WAITING", ""], ...rows]);
}
