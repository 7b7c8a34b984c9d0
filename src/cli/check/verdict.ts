/** What performances of one task say about whether it can be continued anywhere, as a rule: what is repeated, and what to do about it. */
import { readDivergence } from "../../core/divergence.ts";
import { FINDINGS, type Finding, type FindingName } from "./findings.ts";
import { differencesByCut, differingParts, type Outcome } from "./outputs.ts";
import type { Ending, Performance, Told } from "./performance.ts";

export type Verdict =
  /** Continues anywhere as if nothing had happened. */
  | "continues"
  /** Continues anywhere; there is something to know. */
  | "continues-with-notes"
  | "to-mend";

export interface Judgement {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** Parts of the output that differ by themselves, and were not compared. */
  readonly notCompared: readonly string[];
}

/**
 * @param undisturbed - Two performances that completed, begun at different times.
 * @param cut - One for each place.
 */
export function judge(undisturbed: readonly [Performance, Performance], cut: readonly Performance[]): Judgement {
  const [first, second] = undisturbed;
  const notCompared = differingParts(outcomeOf(first), outcomeOf(second));
  const seen = [...undisturbed, ...cut].flatMap((performance) => {
    const told = performance.story.flatMap(readTold);
    return [...told, ...compare(performance, first, notCompared, told)].map((found) => ({
      ...found,
      cut: performance.cut,
    }));
  });
  const findings = merge(seen);
  const levels = findings.map(({ kind }) => FINDINGS[kind].level);
  const verdict = levels.includes("mend") ? "to-mend" : levels.includes("know") ? "continues-with-notes" : "continues";
  return { verdict, findings, notCompared };
}

/** What one performance says by itself. */
export function findingsIn({ story, cut }: Performance): readonly Finding[] {
  return merge(story.flatMap(readTold).map((found) => ({ ...found, cut })));
}

interface Found {
  readonly kind: FindingName;
  readonly what: string;
  /** It says nothing about the cut: the same is told of every performance. */
  readonly isAlways?: boolean;
}

function outcomeOf({ ending }: Performance): Outcome {
  return ending.kind === "final"
    ? { output: ending.output, lastedMs: ending.lastedMs }
    : { output: undefined, lastedMs: 0 };
}

function compare(
  performance: Performance,
  first: Performance,
  notCompared: readonly string[],
  told: readonly Found[],
): readonly Found[] {
  const { ending, cut } = performance;
  // A divergence says more than what became of the run by it.
  if (cut === undefined || told.some(({ kind }) => kind === "diverged")) return [];
  if (ending.kind !== "final" || ending.status !== "completed") return [{ kind: "ended", what: becameOf(ending) }];
  const parts = differencesByCut(outcomeOf(performance), outcomeOf(first), notCompared);
  return parts.length === 0 ? [] : [{ kind: "output", what: `its output${partsText(parts)}` }];
}

const PARTS_NAMED = 5;

function partsText(parts: readonly string[]): string {
  const named = parts.filter(Boolean).slice(0, PARTS_NAMED);
  return named.length === 0 ? "" : ` (${named.join(", ")}${parts.length > PARTS_NAMED ? ", …" : ""})`;
}

/** In one clause. */
export function becameOf(ending: Ending): string {
  switch (ending.kind) {
    case "final":
      return `it ${ending.status === "canceled" ? "was canceled" : ending.status}${ending.error === undefined ? "" : ` (${ending.error})`}`;
    case "held":
      return "it is held after a divergence";
    case "stuck":
      return `it does not end (${ending.problem})`;
    case "hung":
      return `it did not end within ${ending.seconds} s`;
    case "died":
      return `its process ended ${ending.how}`;
  }
}

interface Details {
  readonly what?: string;
  readonly where?: string;
  readonly method?: string;
  readonly url?: string;
  readonly step?: string;
  readonly expected?: string;
  readonly diff?: string;
  readonly failure?: { readonly code?: string; readonly message: string };
}

/** What one line of a run's story says. */
function readTold({ kind, details }: Told): readonly Found[] {
  const {
    what = "",
    where,
    method = "",
    url = "",
    step = "",
    expected = "",
    diff,
    failure,
  } = (details ?? {}) as Details;
  const request = `${method} ${url}`;
  switch (kind) {
    case "effect.unrecorded":
      return [{ kind: "unrecorded", what: placed(what, where), isAlways: true }];
    case "effect.repeated":
      return [{ kind: "unrecorded", what: placed(what, where) }];
    case "effect.uncertain":
      return [{ kind: "request", what: request }];
    case "effect.ambiguous":
      return [{ kind: "ambiguous", what: request, isAlways: true }];
    case "step.uncertain":
      return [{ kind: "step", what: step }];
    case "step.key-missing":
      return [{ kind: "key", what: `step "${step}"`, isAlways: true }];
    case "replay.request-differs":
      return [{ kind: "differs", what: expected }];
    case "replay.stepped-over":
      return [{ kind: "skipped", what: expected }];
    case "run.held":
    case "run.restarted":
    case "run.failed":
      return divergenceIn(diff ?? (failure?.code === "JOURNAL_DIVERGED" ? failure.message : undefined));
    default:
      return [];
  }
}

function placed(what: string, where: string | undefined): string {
  return where === undefined ? what : `${what} at ${where}`;
}

function divergenceIn(text: string | undefined): readonly Found[] {
  const divergence = text === undefined ? undefined : readDivergence(text);
  if (divergence === undefined) return [];
  const { expected, asked } = divergence;
  return [{ kind: "diverged", what: `- ${expected}\n+ ${asked.length === 0 ? "it returned" : asked.join("\n+ ")}` }];
}

const ORDER = Object.keys(FINDINGS);

/** Each once, with the cuts that showed it. */
function merge(seen: readonly (Found & { readonly cut: number | undefined })[]): readonly Finding[] {
  const merged = new Map<string, { kind: FindingName; what: string; cuts: Set<number> }>();
  for (const { kind, what, cut, isAlways = false } of seen) {
    const known = merged.get(`${kind} ${what}`) ?? { kind, what, cuts: new Set<number>() };
    if (cut !== undefined && !isAlways) known.cuts.add(cut);
    merged.set(`${kind} ${what}`, known);
  }
  return [...merged.values()]
    .map(({ cuts, ...finding }) => ({ ...finding, cuts: [...cuts] }))
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}
