import { ENTRY_KIND_WORDS, type EntrySource } from "../core/entry-view.ts";
import type { JournalEntry } from "../sdk/index.ts";
import { printable } from "./log-text.ts";
import { bytesText } from "./table.ts";
import type { Color, Terminal } from "./terminal.ts";

const SOURCE_COLORS: Readonly<Record<EntrySource, Color>> = {
  executed: "green",
  replayed: "blue",
  kept: "blue",
  cut: "yellow",
  noted: "gray",
};

const WIDEST_SOURCE = Math.max(...Object.keys(SOURCE_COLORS).map(({ length }) => length));
const WIDEST_KIND = Math.max(...Object.values(ENTRY_KIND_WORDS).map(({ length }) => length));
const SEQ_DIGITS = 5;
/** `1.2 MB`. */
const WIDEST_SIZE = 7;

/**
 * An entry in one line: its number, when it was recorded, by whom what it holds was done, its size, what it was and what became of it.
 *
 * @param attempt - The attempt that recorded it, where that is known.
 */
export function entryLine(entry: JournalEntry, attempt: number | undefined, terminal: Terminal): string {
  const { seq, createdAt, source, size, kind, name } = entry;
  const notes = notesOf(entry, attempt);
  return [
    String(seq).padStart(SEQ_DIGITS),
    terminal.paint(createdAt.toISOString(), "gray"),
    terminal.paint(source.padEnd(WIDEST_SOURCE), SOURCE_COLORS[source]),
    (size === 0 ? "" : bytesText(size)).padStart(WIDEST_SIZE),
    ENTRY_KIND_WORDS[kind].padEnd(WIDEST_KIND),
    printable(name),
    ...outcomeOf(entry, terminal),
    ...(notes.length === 0 ? [] : [terminal.paint(`(${notes.join("; ")})`, "gray")]),
  ].join("  ");
}

/** What it holds, below its line. */
export function valueLines({ value }: JournalEntry): readonly string[] {
  if (value === undefined) return [];
  const margin = " ".repeat(SEQ_DIGITS + 2);
  return printable(value)
    .split("\n")
    .map((line) => `${margin}${line}`);
}

function outcomeOf({ outcome, status, problem }: JournalEntry, terminal: Terminal): readonly string[] {
  if (outcome === "failed")
    return [terminal.paint(problem === undefined ? "failed" : `failed: ${firstLine(problem)}`, "red")];
  return [...(status === undefined ? [] : [String(status)]), ...(problem === undefined ? [] : [firstLine(problem)])];
}

function notesOf({ seq, place, keptSeq, clockReads }: JournalEntry, attempt: number | undefined): readonly string[] {
  const after = Number.parseInt(place, 10);
  return [
    ...(attempt === undefined ? [] : [`attempt ${attempt}`]),
    ...(keptSeq === undefined ? [] : [`the result of entry ${keptSeq}`]),
    ...(place.includes(".") && after !== seq ? [`first recorded in a replay, after entry ${after}`] : []),
    ...(clockReads === 0 ? [] : [`${clockReads} clock ${clockReads === 1 ? "read" : "reads"} before`]),
  ];
}

function firstLine(text: string): string {
  return printable(text.split("\n", 1)[0] ?? "");
}
