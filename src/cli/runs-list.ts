import { RUN_STATUSES, type RunStatus } from "../core/run-state.ts";
import type { ListRunsOptions } from "../sdk/index.ts";
import { type Command, type Input, textOf, textsOf, UsageError, wholeOf } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { runJson, runLine } from "./run-text.ts";

/** `perdure runs list`. */
export const runsListCommand: Command = {
  options: {
    status: {
      type: "string",
      multiple: true,
      value: "<status>",
      means: `One of ${RUN_STATUSES.join(", ")}; may be given several times.`,
    },
    task: { type: "string", multiple: true, value: "<task>", means: "Runs of this task; may be given several times." },
    queue: {
      type: "string",
      multiple: true,
      value: "<queue>",
      means: "Runs of this queue; may be given several times.",
    },
    tag: { type: "string", value: "<tag>", means: "Runs with this tag." },
    batch: { type: "string", value: "<batch>", means: "Runs of this batch." },
    limit: { type: "string", value: "<n>", means: "Runs to a page, 1 to 100. Default: 25." },
    after: { type: "string", value: "<run>", means: "The page after this run." },
  },
  async run(input) {
    if (input.positionals.length > 0)
      throw new UsageError(`runs list takes options only, not ${input.positionals[0]}.`);
    const { data, pagination } = await input.runs.list(queryOf(input));
    for (const run of data) input.terminal.line(runLine(run, input.terminal));
    if (data.length === 0) input.terminal.progress("No run is like that.");
    if (pagination.next !== undefined) input.terminal.progress(`More: --after ${pagination.next}`);
    input.terminal.json({ data: data.map(runJson), pagination });
    return EXIT_CODES.ok.code;
  },
};

function queryOf(input: Input): ListRunsOptions {
  const query = {
    status: statusesOf(input),
    taskIdentifier: textsOf(input, "task"),
    queue: textsOf(input, "queue"),
    tag: textOf(input, "tag"),
    batch: textOf(input, "batch"),
    limit: wholeOf(input, "limit", 1),
    after: textOf(input, "after"),
  };
  return Object.fromEntries(Object.entries(query).filter(([, given]) => given !== undefined)) as ListRunsOptions;
}

function statusesOf(input: Input): readonly RunStatus[] | undefined {
  const given = textsOf(input, "status");
  const unknown = given?.find((status) => !(RUN_STATUSES as readonly string[]).includes(status));
  if (unknown !== undefined)
    throw new UsageError(`There is no status ${unknown}; there are ${RUN_STATUSES.join(", ")}.`);
  return given as readonly RunStatus[] | undefined;
}
