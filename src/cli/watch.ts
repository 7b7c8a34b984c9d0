import { isPerdureError } from "../core/errors.ts";
import type { RunLogLine, RunObject } from "../sdk/index.ts";
import type { Input } from "./command.ts";
import { EXIT_CODES, type ExitCode } from "./exit-codes.ts";
import { logLine } from "./log-text.ts";
import { eventLine, outcomeLine, runJson } from "./run-text.ts";

const PAGE = 1_000;

/** Tells a run's story as it happens, with what its code logs in between, and how it ended. */
export async function watch(input: Input, runId: string): Promise<ExitCode> {
  const { runs, terminal } = input;
  const [news, logged] = [createEventReader(input, runId), createLogReader(input, runId)];
  const ended = runs.poll(runId);
  let final: RunObject | undefined;
  while (final === undefined) {
    final = await Promise.race([ended, pause()]);
    for (let isMore = true; isMore; ) {
      const [events, lines] = await Promise.all([news(), logged()]);
      for (const { text } of [...events, ...lines].sort((a, b) => a.at - b.at)) terminal.progress(text);
      isMore = events.length === PAGE || lines.length > 0;
    }
  }
  terminal.line(outcomeLine(final));
  terminal.json(runJson(final));
  return final.isSuccess ? EXIT_CODES.ok.code : EXIT_CODES.runEnded.code;
}

interface Told {
  readonly at: number;
  readonly text: string;
}

function createEventReader({ runs, terminal }: Input, runId: string): () => Promise<readonly Told[]> {
  let after = 0;
  return async () => {
    const events = await runs.events(runId, { after, limit: PAGE });
    after = events.at(-1)?.seq ?? after;
    return events.map((event) => ({ at: event.at.getTime(), text: eventLine(event, terminal) }));
  };
}

/** The story is told also where no lines are kept, or where they cannot be read. */
function createLogReader({ runs, terminal }: Input, runId: string): () => Promise<readonly Told[]> {
  let after = 0;
  return async () => {
    const lines = await runs.logs(runId, { after, limit: PAGE }).catch(noLines);
    after = lines.at(-1)?.seq ?? after;
    return lines.map((line) => ({ at: line.at.getTime(), text: `      ${logLine(line, terminal)}` }));
  };
}

function noLines(error: unknown): readonly RunLogLine[] {
  if (isPerdureError(error) && (error.code === "LOGS_OFF" || error.code === "LOGS_UNAVAILABLE")) return [];
  throw error;
}

const LOOK_EVERY_MS = 500;

function pause(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), LOOK_EVERY_MS).unref());
}
