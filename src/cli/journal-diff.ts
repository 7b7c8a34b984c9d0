import { type Divergence, readDivergence } from "../core/divergence.ts";
import { ENTRY_KIND_WORDS } from "../core/entry-view.ts";
import type { Failure } from "../core/failure.ts";
import { LIMITS } from "../core/limits.ts";
import type { JournalEntry, JournalOfRun } from "../sdk/index.ts";
import { type Input, wholeOf } from "./command.ts";
import { EXIT_CODES, type ExitCode } from "./exit-codes.ts";
import { printable } from "./log-text.ts";
import type { StoryLine } from "./story.ts";

/** Entries that are shown around the place. */
const BEFORE = 5;
const AFTER = 3;

/** What became of the run whose code had left its journal. */
const ENDS: Readonly<Record<string, string>> = {
  "run.held": "was held",
  "run.restarted": "began its attempt anew",
  "run.failed": "failed",
  "run.undoing": "failed, and took its steps back",
};

/** Of an event that tells of a divergence: the text stands in it as it is, or in the message of a failure. */
interface Details {
  readonly diff?: string;
  readonly failure?: Pick<Failure, "code" | "message">;
  readonly ending?: { readonly failure?: Details["failure"] };
}

interface Told {
  readonly event: StoryLine;
  readonly divergence: Divergence;
}

/** `--diff`: the latest divergence of a run beside its journal. */
export async function showDivergence(input: Input, runId: string, story: readonly StoryLine[]): Promise<ExitCode> {
  const { terminal } = input;
  const told = latestDivergence(story);
  if (told === undefined) {
    terminal.line("There was no divergence: the run's code has asked for what its journal holds.");
    terminal.json({ divergence: null });
    return EXIT_CODES.ok.code;
  }
  const { event, divergence } = told;
  const { journal, entries } = await journalOf(input, runId, event.epoch);
  const place = findPlace(entries, divergence);
  const expected = place === undefined ? undefined : entries[place];
  const before = place === undefined ? [] : entries.slice(Math.max(0, place - BEFORE), place);
  const after = place === undefined ? [] : entries.slice(place + 1, place + 1 + AFTER);
  const { at, attempt } = event;
  terminal.line(
    `${runId} ${ENDS[event.kind]} at ${at.toISOString()} (attempt ${attempt}, journal ${journal}): its code asks for something other than its journal holds.`,
  );
  if (divergence.released !== undefined)
    terminal.line(`It had been given ${divergence.released} of its recorded results.`);
  terminal.line("");
  for (const entry of before) terminal.line(row(" ", entry));
  terminal.line(terminal.paint(`${row("-", expected, divergence.expected)}   <- the journal goes on with this`, "red"));
  for (const asked of divergence.asked)
    terminal.line(terminal.paint(`${row("+", undefined, asked)}   <- the code asked for this`, "green"));
  if (divergence.asked.length === 0)
    terminal.line(terminal.paint(`${row("+", undefined, "the code returned")}`, "green"));
  for (const entry of after) terminal.line(row(" ", entry));
  terminal.json({
    divergence,
    event: { seq: event.seq, kind: event.kind, at, attempt, epoch: event.epoch },
    journal,
    before,
    expected: expected ?? null,
    after,
  });
  return EXIT_CODES.ok.code;
}

export function latestDivergence(story: readonly StoryLine[]): Told | undefined {
  for (const event of story.toReversed()) {
    if (!Object.hasOwn(ENDS, event.kind)) continue;
    const { diff, ending, failure = ending?.failure } = (event.details ?? {}) as Details;
    const text = diff ?? (failure?.code === "JOURNAL_DIVERGED" ? failure.message : undefined);
    const divergence = text === undefined ? undefined : readDivergence(text);
    if (divergence !== undefined) return { event, divergence };
  }
  return undefined;
}

/** The journal that was written under this lease, or the one that is asked for. */
async function journalOf(
  input: Input,
  runId: string,
  epoch: number,
): Promise<{ readonly journal: number; readonly entries: readonly JournalEntry[] }> {
  const asked = wholeOf(input, "journal", 1);
  const { journal: latest, journals } = await input.runs.journal(runId, { limit: 1 });
  const journal = asked ?? journals.findLast(({ firstEpoch }) => firstEpoch <= epoch)?.journal ?? latest;
  const entries: JournalEntry[] = [];
  for (let after: string | undefined, isMore = true; isMore; isMore = after !== undefined) {
    const page: JournalOfRun = await input.runs.journal(runId, {
      journal,
      limit: LIMITS.listEntries,
      ...(after === undefined ? {} : { after }),
    });
    entries.push(...page.data);
    after = page.pagination.next;
  }
  return { journal, entries };
}

/** Where the expected entry stands, if it has been recorded: an open wait has not. */
export function findPlace(
  entries: readonly Pick<JournalEntry, "name" | "source">[],
  { expected, released = 0 }: Divergence,
): number | undefined {
  const results = [...entries.entries()].filter(([, { source }]) => source !== "noted" && source !== "cut");
  const isExpected = ([, { name }]: (typeof results)[number]) => name === expected;
  // Those that were stepped over are not counted among the released ones, and some may have been deleted since.
  const found = results.slice(released).find(isExpected) ?? results.findLast(isExpected);
  return found?.[0];
}

const SEQ_DIGITS = 5;
const WIDEST_KIND = Math.max(...Object.values(ENTRY_KIND_WORDS).map(({ length }) => length));

function row(mark: string, entry: JournalEntry | undefined, name = entry?.name ?? ""): string {
  const seq = String(entry?.seq ?? "").padStart(SEQ_DIGITS);
  const kind = (entry === undefined ? "" : ENTRY_KIND_WORDS[entry.kind]).padEnd(WIDEST_KIND);
  return `${mark} ${seq}  ${kind}  ${printable(name)}`;
}
