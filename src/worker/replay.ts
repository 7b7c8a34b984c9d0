import { describeDivergence } from "../core/divergence.ts";
import { type Entry, identityOf, isAutomatic, type Waitpoint } from "../core/entry.ts";
import { nextPlace, placeOf } from "../core/entry-place.ts";
import type { Timer } from "../core/env.ts";
import type { Asked } from "./asked.ts";
import type { Ask, Journal, JournalDeps } from "./journal.ts";
import { findAdoptable, findMatch, findSimilar } from "./matching.ts";
import type { RecordedResult } from "./records.ts";
import { SteppedOver } from "./stepped-over.ts";

/** What the journal holds next. */
export interface Expected {
  readonly key: string;
  readonly kind: Entry["kind"];
  /** Absent of an open wait, which has no entry yet. */
  readonly entry: Entry | undefined;
}

interface Arrival {
  readonly expected: Expected;
  /** Without an ask when the result was stepped over. */
  readonly found: (ask: Ask | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * How long the code may go on asking for other things than its journal holds before we call it diverged. Work that nobody
 * records (a query to a database outside a step) may hold up the ask that the journal expects, so a short time would accuse the
 * innocent.
 */
const DIVERGENCE_GRACE_MS = 10_000;
/** After so many turns in which nothing happens an ask that is the expected one but for its headers or its number is taken for it. */
const SIMILAR_AFTER_TURNS = 10;
/** Code that is on its way to an ask in a thread of its runtime (decompression, hashing) gets this long before anything is stepped over. */
const STUCK_MS = 50;

/**
 * Brings what the journal holds and what the code asks together, one recorded result after the other.
 *
 * Mostly they meet at once. Where they do not, because a cache is warm or cold that was not, or the code has changed, the code
 * first gets time to come to it. Then, in this order: an ask is taken that is the expected one in all that matters; recorded
 * automatic effects are stepped over that nobody asks for, up to one that is asked for; requests and timers that the code waits
 * for are begun for real, before the journal is used up; and code that asks for another step, wait or child than its journal
 * holds has diverged.
 */
export class Replay {
  readonly #journal: Journal;
  readonly #asked: Asked;
  readonly #deps: JournalDeps;
  readonly #over = new SteppedOver();
  readonly #parts = new Map<string, (entry: Entry) => void | Promise<void>>();
  #arrival: Arrival | undefined;
  #grace: Timer | undefined;
  #stuck: Timer | undefined;
  #knownWaits: Promise<ReadonlySet<string>> | undefined;
  #resultsSeen = 0;
  #waitsSeen = 0;
  /** Of the result that was released last, and how many were first recorded after it. */
  #place = placeOf(undefined);
  #placed = 0;

  constructor(journal: Journal, asked: Asked, deps: JournalDeps) {
    this.#journal = journal;
    this.#asked = asked;
    this.#deps = deps;
  }

  get seen(): { readonly results: number; readonly waits: number } {
    return { results: this.#resultsSeen, waits: this.#waitsSeen };
  }

  get isInDoubt(): boolean {
    return this.#grace !== undefined || this.#stuck !== undefined;
  }

  /** Where an entry goes that is first recorded now. */
  nextPlace(): string {
    this.#placed++;
    return nextPlace(this.#place, this.#placed);
  }

  hearParts(key: string, hear: (entry: Entry) => void | Promise<void>): void {
    this.#parts.set(key, hear);
  }

  async open(): Promise<void> {
    const first = await this.#deps.records.peek();
    this.#deps.onStretch(undefined, first?.clock);
  }

  async run(): Promise<void> {
    const { records } = this.#deps;
    for (let record = await records.next(); record?.entry !== undefined; record = await records.next()) {
      if (this.#journal.isClosed) return;
      const { entry } = record;
      if (entry.kind === "body" || entry.kind === "end") await this.#releasePart(entry);
      else await this.#releaseResult(entry);
    }
    for (const waitpoint of await this.#deps.waitpoints()) await this.#claim(waitpoint);
  }

  /** The journal is used up, or the run's scope is closed. */
  end(): void {
    this.#endDoubt();
    this.#arrival = undefined;
    this.#over.forget();
  }

  /** The code has asked something. */
  asked(key: string, ask: Ask): void {
    const earlier = this.#over.take(ask);
    if (earlier === undefined) return this.meet();
    this.#asked.takeFor(key, earlier.entry.key);
    void this.#journal.releaseRecorded(() => ask.deliver(earlier.entry));
    for (const part of earlier.parts)
      void this.#journal.releaseRecorded(() => this.#parts.get(part.key)?.(part));
  }

  /** Brings what the journal expects and what the code asks together, or finds that they do not meet. */
  meet(): void {
    const arrival = this.#arrival;
    if (arrival === undefined || this.#journal.isClosed) return;
    const { expected } = arrival;
    const match = findMatch(expected, this.#asked);
    const canBeSteppedOver = isAutomatic(expected.kind);
    if (match !== undefined) this.#take(match);
    else if (this.#journal.hasReturned) canBeSteppedOver ? this.#stepOver(arrival) : this.#diverge(arrival);
    else if (canBeSteppedOver || this.#asked.size > 0) this.#wonder(arrival, SIMILAR_AFTER_TURNS);
  }

  async #releaseResult(entry: Entry): Promise<void> {
    const ask = await this.#untilAsked({ key: entry.key, kind: entry.kind, entry });
    if (ask === undefined) this.#over.add(entry);
    else await this.#release(entry, () => ask.deliver(entry));
  }

  async #releasePart(entry: Entry): Promise<void> {
    const hear = this.#parts.get(entry.key);
    if (hear === undefined) this.#over.addPart(entry);
    else await this.#release(entry, () => hear(entry));
  }

  /** What the code does next comes after this result, so the counts rise before it sees it. */
  async #release(entry: Entry, deliver: () => void | Promise<void>): Promise<void> {
    const next: RecordedResult | undefined = await this.#deps.records.peek();
    this.#place = placeOf(entry);
    this.#placed = 0;
    await this.#journal.releaseRecorded(() => {
      this.#resultsSeen++;
      this.#deps.onStretch(entry, next?.clock ?? []);
      return deliver();
    });
  }

  async #claim(waitpoint: Waitpoint): Promise<void> {
    const kind = waitpoint.kind === "time" ? "wait" : "children";
    const ask = await this.#untilAsked({ key: waitpoint.entryKey, kind, entry: undefined });
    this.#waitsSeen++;
    ask?.claim?.(waitpoint);
  }

  #untilAsked(expected: Expected): Promise<Ask | undefined> {
    return new Promise((found, failed) => {
      this.#arrival = { expected, found, failed };
      this.meet();
    });
  }

  /** Looks turn by turn whether the code does anything, and then what can stand in for what the journal expects. */
  #wonder(arrival: Arrival, turns: number): void {
    const seen = this.#journal.activity;
    this.#deps.env.turn(() => {
      if (!this.#isStill(arrival, seen)) return;
      const similar = findSimilar(arrival.expected, this.#asked);
      if (similar === undefined) this.#standInFor(arrival, seen);
      else if (turns > 1) this.#wonder(arrival, turns - 1);
      else this.#take(similar);
    });
  }

  #standInFor(arrival: Arrival, seen: number): void {
    this.#adoptable(arrival.expected).then((standIn) => {
      if (!this.#isStill(arrival, seen)) return;
      if (standIn !== undefined) this.#adopt(standIn, arrival.expected);
      else this.#waitUntilStuck(arrival, seen);
    }, arrival.failed);
  }

  /** An ask of the same kind with other arguments, which the journal does not know: one that it knows has a result or a row of its own. */
  async #adoptable(expected: Expected): Promise<string | undefined> {
    if (expected.kind !== "wait") return undefined;
    const candidates = findAdoptable(expected, this.#asked);
    if (candidates.length === 0) return undefined;
    this.#knownWaits ??= this.#deps.knownWaits().then((known) => new Set(known.map(({ entryKey }) => entryKey)));
    const known = await this.#knownWaits;
    return candidates.find((key) => !known.has(key));
  }

  #waitUntilStuck(arrival: Arrival, seen: number): void {
    const isHopeless = !isAutomatic(arrival.expected.kind) && !this.#asked.entries.some(([, { kind }]) => isAutomatic(kind));
    if (isHopeless) return this.#giveTime(arrival);
    this.#stuck?.clear();
    this.#stuck = this.#deps.env.timer(STUCK_MS, () => {
      this.#stuck = undefined;
      if (this.#isStill(arrival, seen)) this.#unstick(arrival, seen).catch(arrival.failed);
    });
  }

  async #unstick(arrival: Arrival, seen: number): Promise<void> {
    const { expected } = arrival;
    if (isAutomatic(expected.kind)) {
      const isAhead = await this.#isAskedAhead();
      if (!this.#isStill(arrival, seen)) return;
      if (isAhead) return this.#stepOver(arrival);
      const [differing] = findAdoptable(expected, this.#asked);
      if (differing !== undefined) return this.#adopt(differing, expected);
    }
    if (this.#begin("request") || this.#begin("timer")) return;
    if (this.#deps.isBusy()) return;
    if (isAutomatic(expected.kind) && this.#asked.size > 0) this.#stepOver(arrival);
    else this.#giveTime(arrival);
  }

  /** Whether the code asks for a recorded result that follows after automatic ones alone. */
  async #isAskedAhead(): Promise<boolean> {
    for await (const { entry } of this.#deps.records.ahead()) {
      if (entry === undefined) return false;
      if (entry.kind === "body" || entry.kind === "end") continue;
      const ahead = { key: entry.key, kind: entry.kind, entry };
      if ((findMatch(ahead, this.#asked) ?? findSimilar(ahead, this.#asked)) !== undefined) return true;
      if (!isAutomatic(entry.kind)) return false;
    }
    return false;
  }

  /** Begins for real what the code asks beyond its journal, since it seems to need that to come to what the journal holds. */
  #begin(kind: "request" | "timer"): boolean {
    if (!this.#deps.mayBegin()) return false;
    const asks = this.#asked.entries.filter(([, ask]) => ask.kind === kind);
    for (const [key, ask] of asks) {
      this.#asked.take(key);
      ask.begin(key);
    }
    if (asks.length > 0) this.#journal.changed();
    return asks.length > 0;
  }

  #giveTime(arrival: Arrival): void {
    this.#grace ??= this.#deps.env.timer(DIVERGENCE_GRACE_MS, () => {
      this.#grace = undefined;
      if (this.#arrival !== arrival) return;
      if (this.#deps.isBusy()) this.#giveTime(arrival);
      else if (isAutomatic(arrival.expected.kind)) this.#stepOver(arrival);
      else this.#diverge(arrival);
    });
  }

  #isStill(arrival: Arrival, seen: number): boolean {
    return seen === this.#journal.activity && this.#arrival === arrival && !this.#journal.isClosed;
  }

  /** The code asks the same thing with other arguments. Its key is left to a later ask, the recorded one counts as asked. */
  #adopt(askedKey: string, expected: Expected): void {
    this.#asked.count(identityOf(expected.key));
    if (isAutomatic(expected.kind))
      this.#deps.onDiffers({ kind: "replay.request-differs", expected: expected.key, asked: [askedKey] });
    this.#meetWith(this.#asked.take(askedKey));
  }

  #take(key: string): void {
    const expected = this.#arrival?.expected.key as string;
    this.#meetWith(key === expected ? this.#asked.take(key) : this.#asked.takeFor(key, expected));
  }

  #stepOver({ expected }: Arrival): void {
    this.#deps.onDiffers({ kind: "replay.stepped-over", expected: expected.key, asked: this.#asked.keys });
    this.#meetWith(undefined);
  }

  #meetWith(ask: Ask | undefined): void {
    const arrival = this.#arrival;
    this.#arrival = undefined;
    this.#endDoubt();
    arrival?.found(ask);
  }

  #endDoubt(): void {
    this.#grace?.clear();
    this.#grace = undefined;
    this.#stuck?.clear();
    this.#stuck = undefined;
  }

  #diverge({ expected }: Arrival): void {
    const diff = describeDivergence({
      expected: expected.key,
      released: this.#resultsSeen,
      asked: this.#asked.keys,
      hasReturned: this.#journal.hasReturned,
    });
    this.#deps.onDiverged(diff);
  }
}
