import type { NewEntry } from "../../src/core/entry.ts";
import { type RunObject, task } from "../../src/sdk/index.ts";
import { startTestPerdure } from "../../src/testing/test-perdure.ts";
import type { ClientCase } from "./client-case.ts";

export interface Performed {
  readonly run: RunObject;
  readonly entries: readonly NewEntry[];
  /** What the server saw: `POST /v1/responses`. */
  readonly seen: readonly string[];
  /** Kinds of the run's events. */
  readonly story: readonly string[];
}

export interface Circumstances {
  /** The client is made before the run, as one of a module is, and a continuation has the same. Default: the run makes it. */
  readonly isWarm?: boolean;
  /** Kill the worker when the journal holds this many entries. */
  readonly cutAfter?: number;
  /** Kill each worker when it has added an entry. */
  readonly isCutAgainAndAgain?: boolean;
  /** With the worker the server is gone: whatever is asked from then on fails. */
  readonly isServerGone?: boolean;
}

/** Runs the case once as a task without any step, on virtual time, with a server of its own. */
export async function performCase(
  one: ClientCase,
  { cutAfter, isCutAgainAndAgain = false, isServerGone = false, isWarm = false }: Circumstances = {},
): Promise<Performed> {
  const server = await one.server();
  const entries: NewEntry[] = [];
  const problems: unknown[] = [];
  const opened = isWarm ? one.open(server.url) : undefined;
  const tried = task({ id: "tried", retry: { maxAttempts: 1 }, run: (url: string) => (opened ?? one.open(url))() });
  const perdure = await startTestPerdure(
    {
      tasks: [tried],
      effects: "auto",
      // Of today, as the server's: some clients compare the two.
      start: new Date(),
      onLog: () => undefined,
      onProblem: (error) => problems.push(error),
      ...(cutAfter === undefined ? {} : { crashAfterEntries: cutAfter }),
    },
    (written) => {
      entries.push(...written.entries);
      if (isCutAgainAndAgain) perdure.crash();
      if (isServerGone && cutAfter !== undefined && entries.length >= cutAfter) void server.stop();
    },
  );
  try {
    const run = await perdure.run(tried, server.url);
    const events = await perdure.runs.events(run.id);
    if (problems.length > 0) throw problems[0];
    return {
      run,
      entries,
      seen: server.seen.map(({ method, path }) => `${method} ${path}`),
      story: events.map(({ kind }) => kind),
    };
  } finally {
    await perdure.stop();
    await server.stop();
  }
}

/** The requests that the journal knows an answer of, or why there is none. */
export function answeredIn(entries: readonly NewEntry[]): readonly string[] {
  return entries.filter(({ kind }) => kind === "request" || kind === "head").map(nameOf);
}

/** Of those that may change something: that they may have left. */
export function announcedIn(entries: readonly NewEntry[]): readonly string[] {
  return entries.filter(({ kind }) => kind === "sent").map(nameOf);
}

function nameOf({ result = "{}" }: NewEntry): string {
  const { method, url } = JSON.parse(result) as { method: string; url: string };
  return `${method} ${new URL(url).pathname}`;
}

const SAFE = /^(GET|HEAD|OPTIONS) /;

/** Asking for it twice changes nothing. */
export function isSafe(request: string): boolean {
  return SAFE.test(request);
}

/** Of what a story tells of effects and replays, the kinds. */
export function kindsIn(story: readonly string[]): readonly string[] {
  return story.filter((kind) => kind.startsWith("effect.") || kind.startsWith("replay."));
}
