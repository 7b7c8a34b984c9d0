/**
 * An entry as people see it: what it was, how it came to the code, how large it is. What it holds is shown to those alone who ask for
 * it; addresses have no query and headers are left out, whoever asks.
 */
import { countClockReads } from "./clock-reads.ts";
import { plainValue } from "./codec.ts";
import { defined } from "./defined.ts";
import { readableKey } from "./divergence.ts";
import { type Entry, type EntryKind, type EntryOutcome, isSilent } from "./entry.ts";
import { placeOf } from "./entry-place.ts";
import type { Failure } from "./failure.ts";
import { LIMITS } from "./limits.ts";
import { type Redact, redactWithin } from "./redact.ts";

/** What an entry of each kind says has happened. */
export const ENTRY_KIND_WORDS: Readonly<Record<EntryKind, string>> = {
  intent: "step begins",
  step: "step",
  wait: "wait is over",
  children: "children are done",
  trigger: "run triggered",
  undo: "step taken back",
  sent: "request leaves",
  request: "response",
  head: "response begins",
  body: "response goes on",
  end: "response ends",
  timer: "timer fires",
};

/** By whom what an entry holds was done, seen from the continuation of the run that is the latest of its journal. */
export const ENTRY_SOURCES = {
  executed: "the latest continuation did it itself",
  replayed:
    "an earlier continuation did it; later ones went on with what is recorded (or still had it in memory), and did not do it again",
  kept: "an earlier attempt did it, in a step whose result this one took over",
  cut: "a response that broke off with its process; the request was made again, and this part is not used",
  noted: "a note that something was about to happen, or was taken back; the code does not see it",
} as const;
export type EntrySource = keyof typeof ENTRY_SOURCES;

export interface EntryView {
  readonly seq: number;
  readonly journal: number;
  /** Where it stands among the others, as text that sorts: its number or, of one that was first recorded during a replay, the number after which it was seen, and a further one. */
  readonly place: string;
  readonly kind: EntryKind;
  /** For people. */
  readonly name: string;
  readonly source: EntrySource;
  readonly outcome: EntryOutcome;
  /** Of a response. */
  readonly status?: number;
  /** Why it failed, or what broke a response off. */
  readonly problem?: string;
  /** Characters of what is recorded. */
  readonly size: number;
  /** How often the code has asked for the time since the entry before. */
  readonly clockReads: number;
  /** The entry of an earlier attempt whose result it repeats. */
  readonly keptSeq?: number;
  /** Which lease of the run recorded it, counted from 1. */
  readonly epoch: number;
  readonly createdAt: number;
  /** What is recorded, as text and without secrets: JSON, or the body of a response. Only where it was asked for. */
  readonly value?: string;
}

export interface ViewOptions {
  readonly source: EntrySource;
  readonly redact: Redact;
  /** Whether the value is to be shown. */
  readonly withValue: boolean;
  /** Where the result lies, of an entry that repeats an earlier one. Default: in the entry. */
  readonly origin?: Entry | undefined;
}

export function viewEntry(entry: Entry, { source, redact, withValue, origin = entry }: ViewOptions): EntryView {
  const { seq, journal, kind, key, outcome, keptSeq, clock, epoch, createdAt } = entry;
  const exchange = exchangeOf(origin);
  const problem = problemOf(origin);
  const value = withValue ? heldBy(origin) : undefined;
  const shown = (text: string) => redactWithin(text, LIMITS.logs.lineCharacters, redact);
  return {
    seq,
    journal,
    place: placeOf(entry),
    kind,
    name: redact(exchange.name ?? readableKey(key)),
    source,
    outcome,
    size: origin.result?.length ?? 0,
    clockReads: clock === undefined ? 0 : countClockReads(clock),
    epoch,
    createdAt,
    ...defined({
      status: exchange.status,
      problem: problem === undefined ? undefined : shown(problem),
      keptSeq,
      value: value === undefined ? undefined : shown(value),
    }),
  };
}

/** By whom this entry's effect was done. @param cut - Keys of responses that broke off. */
export function sourceOf(
  { kind, key, keptSeq, epoch }: Entry,
  { lastEpoch, cut }: { readonly lastEpoch: number; readonly cut: ReadonlySet<string> },
): EntrySource {
  if (isSilent(kind)) return "noted";
  if (keptSeq !== undefined) return "kept";
  if (epoch >= lastEpoch) return "executed";
  return cut.has(key) && (kind === "head" || kind === "body") ? "cut" : "replayed";
}

/** The beginning that `sent`, `request` and `head` entries have in common. */
interface Exchanged {
  readonly method: string;
  readonly url: string;
  readonly status?: number;
  readonly body?: string;
  readonly error?: Thrown;
}

interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly details?: { readonly code?: unknown };
  readonly cause?: Thrown;
}

function exchangeOf({ kind, result }: Entry): { readonly name?: string; readonly status?: number } {
  if (result === undefined || !(kind === "sent" || kind === "request" || kind === "head")) return {};
  const { method, url, status } = JSON.parse(result) as Exchanged;
  return { name: `${method} ${url}`, ...defined({ status }) };
}

function problemOf({ kind, outcome, result }: Entry): string | undefined {
  if (result === undefined) return undefined;
  if (kind === "end") {
    const end = JSON.parse(result) as { readonly kind: string; readonly error?: Thrown };
    return end.kind === "given-up" ? "the code gave it up" : end.error && sentenceOf(end.error);
  }
  if (outcome === "completed") return undefined;
  if (kind === "request") return sentenceOf((JSON.parse(result) as Required<Exchanged>).error);
  const { name, message } = JSON.parse(result) as Failure;
  return `${name}: ${message}`;
}

/** Clients say that it failed; why it did is in the cause. */
function sentenceOf({ name, message, details, cause }: Thrown): string {
  const code = details?.code ?? cause?.details?.code ?? cause?.message;
  return `${name}: ${message}${code === undefined || message.includes(String(code)) ? "" : ` (${code})`}`;
}

function heldBy({ kind, outcome, result }: Entry): string | undefined {
  if (result === undefined || outcome === "failed") return undefined;
  switch (kind) {
    case "step":
      return JSON.stringify(plainValue(result));
    case "trigger":
      return result;
    case "request":
      return bodyText((JSON.parse(result) as Exchanged).body ?? "t");
    case "body":
      return (JSON.parse(result) as readonly string[]).map(bodyText).join("");
    default:
      return undefined;
  }
}

/** A letter before says whether it is text. */
function bodyText(body: string): string {
  if (body.startsWith("t")) return body.slice(1);
  const padding = body.endsWith("==") ? 2 : body.endsWith("=") ? 1 : 0;
  return `[${((body.length - 1) / 4) * 3 - padding} bytes that are no text]`;
}
