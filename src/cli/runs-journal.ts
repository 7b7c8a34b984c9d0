import { ENTRY_SOURCES } from "../core/entry-view.ts";
import { LIMITS } from "../core/limits.ts";
import type { JournalEntry, JournalOfRun } from "../sdk/index.ts";
import { type Command, type Input, onlyOne, textOf, UsageError, wholeOf } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { showDivergence } from "./journal-diff.ts";
import { entryLine, valueLines } from "./journal-text.ts";
import { type StoryLine, storyOf } from "./story.ts";

/** `perdure runs journal <run>`. */
export const runsJournalCommand: Command = {
  words: ENTRY_SOURCES,
  options: {
    journal: {
      type: "string",
      value: "<n>",
      means: "An earlier journal, from 1: an attempt that begins anew has one of its own. Default: the latest.",
    },
    values: { type: "boolean", means: "Show what each entry holds, without secrets. Takes a secret key." },
    limit: { type: "string", value: "<n>", means: "Entries at most. Default: all." },
    after: { type: "string", value: "<place>", means: "Entries after this one: its number, or its place in --json." },
    diff: {
      type: "boolean",
      means: "Show where the run's code has left its journal: what that goes on with, and what the code asked for.",
    },
  },
  async run(input) {
    const runId = onlyOne(input, "run");
    const story = await storyOf(input, runId);
    if (input.values["diff"] === true) return showDivergence(input, runId, story);
    const attempts = attemptsOf(story);
    const { terminal } = input;
    let shown = 0;
    let last: JournalOfRun | undefined;
    for await (const page of pagesOf(input, runId)) {
      last = page;
      for (const entry of page.data) {
        terminal.line(entryLine(entry, attempts.get(entry.epoch), terminal));
        for (const line of valueLines(entry)) terminal.line(line);
        terminal.json({ ...entry, ...attemptOf(entry, attempts) });
        shown += 1;
      }
    }
    if (last !== undefined) tellRest(input, last, shown);
    return EXIT_CODES.ok.code;
  },
};

/** As many pages as there are, or as are wanted. */
async function* pagesOf(input: Input, runId: string): AsyncGenerator<JournalOfRun> {
  const most = wholeOf(input, "limit", 1) ?? Number.POSITIVE_INFINITY;
  const journal = wholeOf(input, "journal", 1);
  const values = input.values["values"] === true;
  let after = placeOf(input);
  for (let left = most; left > 0; ) {
    const page = await input.runs.journal(runId, {
      limit: Math.min(left, LIMITS.listEntries),
      values,
      ...(journal === undefined ? {} : { journal }),
      ...(after === undefined ? {} : { after }),
    });
    yield page;
    after = page.pagination.next;
    if (after === undefined) return;
    left -= page.data.length;
  }
}

const SEQ_DIGITS = 12;

function placeOf(input: Input): string | undefined {
  const text = textOf(input, "after");
  if (text === undefined || /^\d{12}(?:\.\d{6})*$/.test(text)) return text;
  if (!/^\d{1,11}$/.test(text)) throw new UsageError("--after takes the number or the place of an entry");
  return text.padStart(SEQ_DIGITS, "0");
}

/** By lease: an entry knows under which one it was recorded. */
function attemptsOf(story: readonly StoryLine[]): ReadonlyMap<number, number> {
  return new Map(story.filter(({ kind }) => kind === "run.started").map(({ epoch, attempt }) => [epoch, attempt]));
}

function attemptOf({ epoch }: JournalEntry, attempts: ReadonlyMap<number, number>): { readonly attempt?: number } {
  const attempt = attempts.get(epoch);
  return attempt === undefined ? {} : { attempt };
}

function tellRest({ terminal }: Input, page: JournalOfRun, shown: number): void {
  const { journal, journals, deleted, pagination } = page;
  if (shown === 0) terminal.progress(`Journal ${journal} holds no entries here.`);
  if (pagination.next !== undefined) terminal.progress(`More: --after ${pagination.next}`);
  const others = journals.filter((one) => one.journal !== journal);
  if (others.length > 0) {
    const named = others.map(
      (one) => `--journal ${one.journal} (${one.entries} ${one.entries === 1 ? "entry" : "entries"})`,
    );
    terminal.progress(`Other journals of this run: ${named.join(", ")}`);
  }
  if (deleted > 0) terminal.progress(`${deletedText(deleted)} ${WHY_DELETED}`);
}

function deletedText(deleted: number): string {
  return deleted === 1 ? "An entry of this run has been deleted." : `${deleted} entries of this run have been deleted.`;
}

/** Written for people who look for a request that is not there. */
const WHY_DELETED =
  "Requests and timers are recorded so that an attempt can go on, and deleted when the next begins or soon after the run's end; perdure dev keeps them for a day. Steps, waits and children stay.";
