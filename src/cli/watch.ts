import type { RunObject } from "../sdk/index.ts";
import type { Input } from "./command.ts";
import { EXIT_CODES, type ExitCode } from "./exit-codes.ts";
import { eventLine, outcomeLine, runJson } from "./run-text.ts";

const EVENTS_PAGE = 1_000;

/** Tells a run's story as it happens, and how it ended. */
export async function watch({ runs, terminal }: Input, runId: string): Promise<ExitCode> {
  let after = 0;
  const ended = runs.poll(runId);
  let final: RunObject | undefined;
  while (final === undefined) {
    final = await Promise.race([ended, pause()]);
    for (let isMore = true; isMore; ) {
      const events = await runs.events(runId, { after, limit: EVENTS_PAGE });
      for (const event of events) {
        terminal.progress(eventLine(event, terminal));
        after = event.seq;
      }
      isMore = events.length === EVENTS_PAGE;
    }
  }
  terminal.line(outcomeLine(final));
  terminal.json(runJson(final));
  return final.isSuccess ? EXIT_CODES.ok.code : EXIT_CODES.runEnded.code;
}

const LOOK_EVERY_MS = 500;

function pause(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), LOOK_EVERY_MS).unref());
}
