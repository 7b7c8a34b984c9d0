import { describeDivergence } from "../core/divergence.ts";
import { type Entry, identityOf, isAutomatic } from "../core/entry.ts";
import { nextTurn, type Timer } from "../core/env.ts";
import type { Ask, Difference } from "./ask.ts";
import type { Asked } from "./asked.ts";
import type { Journal, JournalDeps } from "./journal.ts";
import { findAdoptable, findAhead, findMatch, findSimilar } from "./matching.ts";

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
 * Brings what the journal expects and what the code asks together.
 *
 * Mostly they meet at once. Where they do not, because a cache is warm or cold that was not, or the code has changed, the code
 * first gets time to come to it. Then, in this order: an ask is taken that is the expected one in all that matters; recorded
 * automatic effects are stepped over that nobody asks for, up to one that is asked for; requests and timers that the code waits
 * for are begun for real, before the journal is used up; and code that asks for another step, wait or child than its journal
 * holds has diverged.
 */
export class Meeting {
  readonly #journal: Journal;
  readonly #asked: Asked;
  readonly #deps: JournalDeps;
  #arrival: Arrival | undefined;
  #grace: Timer | undefined;
  #pause: { readonly timer: Timer; readonly end: () => void } | undefined;
  #isWatching = false;
  #knownWaits: Promise<ReadonlySet<string>> | undefined;

  constructor(journal: Journal, asked: Asked, deps: JournalDeps) {
    this.#journal = journal;
    this.#asked = asked;
    this.#deps = deps;
  }

  /** The code does not ask what the journal holds, and has not been given up yet. */
  get isInDoubt(): boolean {
    return this.#grace !== undefined || this.#pause !== undefined;
  }

  /** Resolves with the ask for what the journal holds, or without one when that is to be stepped over. */
  untilAsked(expected: Expected): Promise<Ask | undefined> {
    return new Promise((found, failed) => {
      this.#arrival = { expected, found, failed };
      this.look();
    });
  }

  /** To be called when the code has asked something, or has come to its end. */
  look(): void {
    const arrival = this.#arrival;
    if (arrival === undefined || this.#journal.isClosed) return;
    const match = findMatch(arrival.expected, this.#asked);
    // Live, too, it was recorded when the code, which had not seen it yet, took back what it had asked; and heard nothing of it.
    const tooLate = match === undefined ? this.#asked.takeWithdrawn(arrival.expected.key) : undefined;
    if (match !== undefined) this.#take(match, arrival);
    else if (tooLate !== undefined) this.#meetWith(tooLate);
    else if (!this.#journal.hasReturned) this.#watch();
    else if (isAutomatic(arrival.expected.kind)) this.#stepOver(arrival);
    else this.#diverge(arrival);
  }

  /** Nothing is expected any more. */
  end(): void {
    this.#arrival = undefined;
    this.#grace?.clear();
    this.#grace = undefined;
    this.#pause?.end();
  }

  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    void this.#watchOver();
  }

  /** Looks turn by turn whether the code does anything, and then what can be done where it does not. */
  async #watchOver(): Promise<void> {
    try {
      let quiet = 0;
      for (let arrival = this.#open; arrival !== undefined; arrival = this.#open) {
        const seen = this.#journal.activity;
        await nextTurn(this.#deps.env);
        quiet = this.#isStill(arrival, seen) ? quiet + 1 : 0;
        if (quiet === 0 || (await this.#adoptWait(arrival, seen))) continue;
        const similar = findSimilar(arrival.expected, this.#asked);
        if (similar !== undefined && quiet >= SIMILAR_AFTER_TURNS) this.#take(similar, arrival);
        if (similar !== undefined) continue;
        if (this.#isHopeless(arrival)) return this.#giveTime(arrival);
        quiet = 0;
        await this.#paused();
        if (this.#isStill(arrival, seen) && (await this.#unstick(arrival, seen)) === "hopeless")
          return this.#giveTime(arrival);
      }
    } catch (error) {
      this.#arrival?.failed(error);
    } finally {
      // In the moment in which there is nothing to think about: who asks in the next must not find somebody who has just left.
      this.#isWatching = false;
    }
  }

  /** What is waited for, as long as there is something to think about: code that asks nothing may be at work on anything. */
  get #open(): Arrival | undefined {
    const arrival = this.#arrival;
    if (arrival === undefined || this.#journal.isClosed || this.#journal.hasReturned) return undefined;
    return isAutomatic(arrival.expected.kind) || this.#asked.size > 0 ? arrival : undefined;
  }

  #isStill(arrival: Arrival, seen: number): boolean {
    return seen === this.#journal.activity && this.#arrival === arrival && !this.#journal.isClosed;
  }

  /** Nothing is asked, and nothing expected, that a journal may have or lack. */
  #isHopeless({ expected }: Arrival): boolean {
    return !isAutomatic(expected.kind) && !this.#asked.entries.some(([, { kind }]) => isAutomatic(kind));
  }

  #paused(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#pause?.timer.clear();
        this.#pause = undefined;
        resolve();
      };
      this.#pause = { timer: this.#deps.env.timer(STUCK_MS, end), end };
    });
  }

  /** A wait that the code asks for and that the journal does not know: one that it knows has an entry or a row of its own. */
  async #adoptWait(arrival: Arrival, seen: number): Promise<boolean> {
    const { expected } = arrival;
    const candidates = expected.kind === "wait" ? findAdoptable(expected, this.#asked) : [];
    if (candidates.length === 0) return false;
    this.#knownWaits ??= this.#deps.knownWaits().then((known) => new Set(known.map(({ entryKey }) => entryKey)));
    const known = await this.#knownWaits;
    const standIn = candidates.find((key) => !known.has(key));
    if (standIn === undefined || !this.#isStill(arrival, seen)) return false;
    this.#adopt(standIn, arrival);
    return true;
  }

  async #unstick(arrival: Arrival, seen: number): Promise<"hopeful" | "hopeless"> {
    const { expected } = arrival;
    if (isAutomatic(expected.kind)) {
      const isAhead = await findAhead(this.#deps.records, this.#asked);
      if (!this.#isStill(arrival, seen)) return "hopeful";
      const [differing] = findAdoptable(expected, this.#asked);
      if (isAhead) this.#stepOver(arrival);
      else if (differing !== undefined) this.#adopt(differing, arrival);
      if (isAhead || differing !== undefined) return "hopeful";
    }
    if (this.#begin("request") || this.#begin("timer") || this.#deps.isBusy()) return "hopeful";
    if (!isAutomatic(expected.kind) || this.#asked.size === 0) return "hopeless";
    this.#stepOver(arrival);
    return "hopeful";
  }

  /** Begins for real what the code asks beyond its journal, since it seems to need that to come to what the journal holds. */
  #begin(kind: "request" | "timer"): boolean {
    if (!this.#deps.mayBegin()) return false;
    const asks = this.#asked.entries.filter(([, ask]) => ask.kind === kind);
    for (const [key, ask] of asks) {
      this.#asked.take(key);
      ask.begin(key);
    }
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

  /** The code asks the same thing with other arguments. Its key is left to a later ask, the recorded one counts as asked. */
  #adopt(askedKey: string, { expected }: Arrival): void {
    if (!this.#mayDiffer("replay.request-differs", expected, [askedKey])) return;
    this.#asked.count(identityOf(expected.key));
    this.#meetWith(this.#asked.take(askedKey));
  }

  #take(key: string, { expected }: Arrival): void {
    this.#meetWith(key === expected.key ? this.#asked.take(key) : this.#asked.takeFor(key, expected.key));
  }

  #stepOver({ expected }: Arrival): void {
    if (this.#mayDiffer("replay.stepped-over", expected, this.#asked.keys)) this.#meetWith(undefined);
  }

  /** A timer that is cleared in the very turn in which it fires is none of the code's doing. */
  #mayDiffer(kind: Difference["kind"], { key, kind: expected }: Expected, asked: readonly string[]): boolean {
    const isRequest = expected === "request" || expected === "head";
    return !isRequest || this.#deps.mayDiffer({ kind, expected: key, asked });
  }

  #meetWith(ask: Ask | undefined): void {
    const arrival = this.#arrival;
    this.end();
    arrival?.found(ask);
  }

  #diverge({ expected }: Arrival): void {
    const diff = describeDivergence({
      expected: expected.key,
      released: this.#journal.place.results,
      asked: this.#asked.keys,
      hasReturned: this.#journal.hasReturned,
    });
    this.#deps.onDiverged(diff);
  }
}
