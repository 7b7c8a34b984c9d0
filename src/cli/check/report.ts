import type { Input } from "../command.ts";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import { printable } from "../log-text.ts";
import { table } from "../table.ts";
import type { Color, Terminal } from "../terminal.ts";
import { FINDINGS, type Finding, type Level } from "./findings.ts";
import type { Performance } from "./performance.ts";
import { becameOf, findingsIn, type Judgement, type Verdict } from "./verdict.ts";

export interface Report extends Judgement {
  readonly task: string;
  readonly undisturbed: readonly [Performance, Performance];
  readonly cut: readonly Performance[];
}

const VERDICT_COLORS: Readonly<Record<Verdict, Color>> = {
  continues: "green",
  "continues-with-notes": "yellow",
  "to-mend": "red",
};
const LEVEL_COLORS: Readonly<Record<Level, Color>> = { mend: "red", know: "yellow", promise: "gray" };

export function report(terminal: Terminal, given: Report): void {
  const { task, undisturbed, cut, findings, notCompared, verdict } = given;
  const rows = [...undisturbed, ...cut].map((performance) => rowOf(performance, findings));
  for (const line of table([["cut", "became", "entries", "time", ""], ...rows])) terminal.line(line);
  for (const line of allLines(findings, terminal)) terminal.line(line);
  if (notCompared.length > 0) {
    terminal.line("");
    terminal.line(
      `Of the output, this differs between undisturbed performances and was not compared: ${named(notCompared.map((path) => path || "all of it"))}.`,
    );
  }
  terminal.line("");
  terminal.line(terminal.paint(sentenceOf(given), VERDICT_COLORS[verdict]));
  terminal.json({
    task,
    verdict,
    findings: findings.map(findingJson),
    notCompared,
    undisturbed: undisturbed.map(performanceJson),
    cuts: cut.map(performanceJson),
  });
}

/** The task did not complete: there is nothing that a continuation could be compared with. */
export function reportIncomplete({ terminal }: Input, task: string, performance: Performance): ExitCode {
  const findings = findingsIn(performance);
  const problem = `${task} does not complete when it is left undisturbed, so there is nothing to compare: ${becameOf(performance.ending)}.`;
  terminal.line(terminal.paint(printable(problem), "red"));
  for (const line of allLines(findings, terminal)) terminal.line(line);
  terminal.json({
    task,
    verdict: "not-completed",
    findings: findings.map(findingJson),
    undisturbed: [performanceJson(performance)],
  });
  return EXIT_CODES.runEnded.code;
}

function rowOf({ cut, ending, entries, ms }: Performance, findings: readonly Finding[]): readonly string[] {
  const kinds = cut === undefined ? [] : findings.filter(({ cuts }) => cuts.includes(cut)).map(({ kind }) => kind);
  return [
    cut === undefined ? "none" : `after entry ${cut}`,
    ending.kind === "final" ? ending.status : ending.kind,
    String(entries),
    `${(ms / 1_000).toFixed(1)} s`,
    [...new Set(kinds)].map((kind) => FINDINGS[kind].mark).join(", "),
  ];
}

/** What is promised of all steps is said once. */
function allLines(findings: readonly Finding[], terminal: Terminal): readonly string[] {
  const promised = findings.filter(({ kind }) => FINDINGS[kind].level === "promise");
  const others = findings.filter((finding) => !promised.includes(finding));
  return [...others.flatMap((finding) => findingLines(finding, terminal)), ...promiseLines(promised, terminal)];
}

function promiseLines(promised: readonly Finding[], terminal: Terminal): readonly string[] {
  const [first] = promised;
  if (first === undefined) return [];
  const { means, cure } = FINDINGS[first.kind];
  return [
    "",
    terminal.paint(`${capital(`${named(promised.map(({ what }) => what))} ${means}`)}.`, LEVEL_COLORS.promise),
    `  ${cure}`,
  ];
}

function findingLines({ kind, what, cuts }: Finding, terminal: Terminal): readonly string[] {
  const { means, cure, level } = FINDINGS[kind];
  const lines = printable(what).split("\n");
  const where = cuts.length === 0 ? "" : ` (cut after entry ${named(cuts)})`;
  const isDiff = kind === "diverged";
  const head = isDiff ? `The code left its journal${where}:` : `${capital(`${lines[0]} ${means}`)}${where}.`;
  const diff = isDiff ? lines.map((line) => `    ${line}`) : [];
  return ["", terminal.paint(head, LEVEL_COLORS[level]), ...diff, `  ${cure}`];
}

const NAMED = 8;

function named(things: readonly (string | number)[]): string {
  const rest = things.length - NAMED;
  return printable(`${things.slice(0, NAMED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`);
}

/** Names of modules stay as they are. */
function capital(text: string): string {
  return text.startsWith("node:") ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function sentenceOf({ task, verdict, cut, undisturbed: [{ entries }] }: Report): string {
  const all = entries === 1 ? "its one entry" : `each of its ${entries} entries`;
  const places = cut.length < entries ? `${cut.length} of its ${entries} entries` : all;
  const tried = entries === 0 ? "It records nothing and begins anew." : `It was cut after ${places}.`;
  switch (verdict) {
    case "continues":
      return `${task} continues anywhere as if nothing had happened. ${tried}`;
    case "continues-with-notes":
      return `${task} continues anywhere; what there is to know about it stands above. ${tried}`;
    case "to-mend":
      return `${task} does not continue everywhere as if nothing had happened: mend what stands above in its code. ${tried}`;
  }
}

function performanceJson({ cut, ending, entries, ms }: Performance): object {
  return {
    cut: cut ?? null,
    became: ending.kind === "final" ? ending.status : ending.kind,
    entries,
    ms: Math.round(ms),
  };
}

function findingJson(finding: Finding): object {
  return { ...finding, ...FINDINGS[finding.kind] };
}
