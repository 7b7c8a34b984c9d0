import type { Comparison } from "./comparison.ts";
import type { Machine } from "./machine.ts";
import type { Subject } from "./metrics.ts";
import type { Round } from "./rounds.ts";
import { type Spread, spreadOf } from "./statistics.ts";

const COLUMNS: readonly { readonly title: string; readonly cell: (row: Comparison) => string }[] = [
  { title: "", cell: ({ title }) => title },
  { title: "unit", cell: ({ unit }) => unit },
  { title: "Perdure on the disk", cell: ({ values }) => told(values.get("file")) },
  { title: "to single commits", cell: ({ toCommits, unit }) => (unit === "ms" ? told(toCommits) : times(toCommits)) },
  { title: "to memory", cell: ratioTo("memory") },
  { title: "to plainjob", cell: ratioTo("plainjob") },
  { title: "to plainjob, FULL", cell: ratioTo("plainjob-full") },
  { title: "expected", cell: ({ reached }) => (reached === undefined ? "" : `${reached.rounds} of ${reached.of}`) },
];

export interface Load {
  readonly before: number;
  readonly after: number;
}

export function tellMachine(machine: Machine, rounds: readonly Pick<Round, "disk">[], load: Load): string {
  const { processors, memoryGib, system, node, folder, isInMemory } = machine;
  const commits = spreadOf(rounds.map(({ disk }) => disk.commitsPerSecond));
  const syncs = spreadOf(rounds.map(({ disk }) => disk.syncsPerSecond));
  return [
    `${processors}, ${memoryGib} GiB, ${system}, Node ${node}; load ${load.before} before, ${load.after} after.`,
    `Disk (${folder}): ${told(commits)} single commits a second, ${told(syncs)} fdatasync of 4 KB a second.`,
    ...(isInMemory
      ? ["**This folder is in memory: what is measured against the disk says nothing. Set TMPDIR.**"]
      : []),
  ].join("\n");
}

/** As a table in Markdown, its columns aligned for a terminal. */
export function tellTable(rows: readonly Comparison[]): string {
  return tellCells([COLUMNS.map(({ title }) => title), ...rows.map((row) => COLUMNS.map(({ cell }) => cell(row)))]);
}

/** @param cells - Line by line, the first of them the titles. */
export function tellCells(cells: readonly (readonly string[])[]): string {
  const widths = (cells[0] ?? []).map((_, column) => Math.max(3, ...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`);
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

export const LEGEND = `
Median [min..max] over the rounds; ratios are taken within a round, where everything met the same neighbours. Of a rate, "to single
commits" says how many times it is the rate of one-row FULL commits, of a time how many such commits fit in. "Expected" counts the
rounds in which a rate was ten times the single commits where the disk gave fewer than 1,000 a second, and otherwise a third of the
same run in memory (of the runs with steps the latter only). Perdure commits with synchronous=FULL: what it has accepted survives
a power failure. plainjob's own setting is NORMAL, which may lose the last commits then; "FULL" is the same plainjob made as safe. It
keeps no history of its jobs, checks and encrypts nothing, and runs on the thread that asks. Processor time is that of all threads.`;

function ratioTo(subject: Subject): (row: Comparison) => string {
  return ({ ratios }) => times(ratios.get(subject));
}

export function times(spread: Spread | undefined): string {
  return spread === undefined ? "" : `× ${told(spread)}`;
}

export function told(spread: Spread | undefined): string {
  if (spread === undefined) return "";
  return `${short(spread.median)} [${short(spread.min)}..${short(spread.max)}]`;
}

function short(value: number): string {
  if (value >= 99.5) return Math.round(value).toLocaleString("en");
  return value.toPrecision(2);
}
