import { LOG_LEVELS, type LogLevel } from "../core/log-line.ts";
import type { RunLogLine } from "../sdk/index.ts";
import { type Command, type Input, onlyOne, textOf, UsageError, wholeOf } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { logLine } from "./log-text.ts";

const LINES_PAGE = 1_000;

/** `perdure logs <run>`. */
export const logsCommand: Command = {
  options: {
    follow: { type: "boolean", short: "f", means: "Go on with lines as they come, until the run is final." },
    level: {
      type: "string",
      value: "<level>",
      means: `Lines of this level and above: ${LOG_LEVELS.join(", ")}. Default: all.`,
    },
    attempt: { type: "string", value: "<n>", means: "Lines of this attempt." },
    after: { type: "string", value: "<n>", means: "Lines after this place in the run's log. Default: 0." },
  },
  async run(input) {
    const runId = onlyOne(input, "run");
    const isWanted = filterOf(input);
    let place = wholeOf(input, "after", 0) ?? 0;
    const lines =
      input.values["follow"] === true ? input.runs.followLogs(runId, { after: place }) : stored(input, runId, place);
    for await (const line of lines) {
      if (line.seq > place + 1) input.terminal.progress(`${line.seq - place - 1} earlier lines were deleted.`);
      place = line.seq;
      if (!isWanted(line)) continue;
      input.terminal.line(logLine(line, input.terminal));
      input.terminal.json(line);
    }
    return EXIT_CODES.ok.code;
  },
};

/** Page by page, to the end of what there is now. */
async function* stored({ runs }: Input, runId: string, after: number): AsyncGenerator<RunLogLine> {
  for (let page = await runs.logs(runId, { after, limit: LINES_PAGE }); page.length > 0; ) {
    yield* page;
    page = await runs.logs(runId, { after: page.at(-1)?.seq ?? 0, limit: LINES_PAGE });
  }
}

function filterOf(input: Input): (line: RunLogLine) => boolean {
  const attempt = wholeOf(input, "attempt", 1);
  const level = textOf(input, "level");
  if (level !== undefined && !(LOG_LEVELS as readonly string[]).includes(level))
    throw new UsageError(`There is no level ${level}; there are ${LOG_LEVELS.join(", ")}.`);
  const least = level === undefined ? 0 : LOG_LEVELS.indexOf(level as LogLevel);
  return (line) => LOG_LEVELS.indexOf(line.level) >= least && (attempt === undefined || line.attempt === attempt);
}
