import { type Entry, entryKey, type NewEntry, type Waitpoint } from "../core/entry.ts";
import { type Env, nextTurn, type Timer } from "../core/env.ts";
import { describeDivergence } from "./divergence.ts";
import type { Recorder } from "./recorder.ts";

/**
 * Something that the code asked its run for. It is released from the journal (`deliver`), found to be under way already
 * (`claim`), or begun for real (`begin`), exactly one of them.
 */
export interface Ask {
  readonly kind: Entry["kind"];
  /** What makes two asks the same; the journal adds how many equal ones came before. */
  readonly identity: string;
  /** Set where a recorded ask with other arguments may stand in, such as a wait whose length chance decided. */
  readonly adoptable?: string;
  begin(key: string): void;
  deliver(entry: Entry): void | Promise<void>;
  claim?(waitpoint: Waitpoint): void;
  /** Nothing is to be begun: only what the code says about taking it back is wanted. */
  intend?(key: string): void;
}

export interface JournalDeps {
  readonly env: Env;
  readonly recorder: Recorder;
  /** The recorded entries of this journal, in order. */
  readonly recorded: AsyncIterable<Entry>;
  /** Waits of this journal whose end the code has not seen; their results may still be among the recorded ones. */
  readonly waitpoints: () => Promise<readonly Waitpoint[]>;
  /** All waits that the journal knows, also where none is to be asked for again: none of them stands in for another. */
  readonly knownWaits: () => Promise<readonly Waitpoint[]>;
  readonly onDiverged: (diff: string) => void;
  /** Something happened that may have left every branch waiting. */
  readonly onChange: () => void;
}

/** What the journal holds next. */
interface Expected {
  readonly key: string;
  /** Set where an ask with other arguments may be the one. */
  readonly adoptable: string | undefined;
  readonly found: (ask: Ask) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * How long the code may go on asking for other things than its journal holds before we call it diverged. Work that nobody
 * records (a `fetch` outside a step) may hold up the ask that the journal expects, so a short time would accuse the innocent.
 */
const DIVERGENCE_GRACE_MS = 10_000;

/**
 * The order in which a run's code sees the results of what it asked.
 *
 * Replaying, recorded results are released in the order in which they became visible the first time, one in a turn of the
 * event loop, so that what each sets off is asked in the same order again. Nothing is begun until every recorded result has
 * been released and every open wait has been asked for: what the code asks beyond them was in flight when its process ended,
 * and is begun then. Code that has changed is found out before it does anything.
 *
 * Live, results are released in the order of their places in the journal, one in a turn again: the two must not differ.
 */
export class Journal {
  readonly #deps: JournalDeps;
  readonly #counts = new Map<string, number>();
  /** Asked, and neither released nor begun; in the order in which they were asked. */
  readonly #asked = new Map<string, Ask>();
  readonly #ready: { committed: Promise<void> | undefined; release: () => void }[] = [];
  #expected: Expected | undefined;
  #grace: Timer | undefined;
  #knownWaits: Promise<ReadonlySet<string>> | undefined;
  #released = 0;
  #resultsSeen = 0;
  #waitsSeen = 0;
  #isLive = false;
  #isReleasing = false;
  #isClosed = false;
  #hasReturned = false;
  /** Rises with everything that happens; equal readings a turn apart mean that nothing did. */
  activity = 0;

  constructor(deps: JournalDeps) {
    this.#deps = deps;
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  /** How many recorded results the code has seen again, and to how many open waits it has come again after them. */
  get place(): { readonly results: number; readonly waits: number } {
    return { results: this.#resultsSeen, waits: this.#waitsSeen };
  }

  /** Nothing is asked that has not begun, and no result waits for its release. */
  get isDrained(): boolean {
    return this.#isLive && this.isQuiet;
  }

  /** Nothing that was asked is without its result. */
  get isQuiet(): boolean {
    return this.#asked.size === 0 && this.#ready.length === 0 && !this.#isReleasing;
  }

  /** The code asks something else than the journal holds, and has not been given up yet. */
  get isInDoubt(): boolean {
    return this.#grace !== undefined;
  }

  /** How often this identity was asked for so far. */
  countOf(identity: string): number {
    return this.#counts.get(identity) ?? 0;
  }

  ask(ask: Ask): void {
    if (this.#isClosed) return;
    const count = this.countOf(ask.identity) + 1;
    this.#counts.set(ask.identity, count);
    const key = entryKey(ask.identity, count);
    this.#changed();
    if (this.#isLive) {
      ask.begin(key);
    } else {
      this.#asked.set(key, ask);
      this.#meet();
    }
  }

  /** Lets the code see a result, once everything before it was seen and, where `committed` is given, once it is on disk. */
  release(release: () => void, committed?: Promise<void>): void {
    this.#ready.push({ committed, release });
    void this.#releaseReady();
  }

  /** Gives the entry its place and lets the code see it when it is on disk. */
  record(entry: NewEntry, release: () => void): void {
    this.#deps.recorder.add(entry);
    this.release(release, this.#deps.recorder.flush());
  }

  /** Gives the entry its place and lets the code see it; it is written with whatever comes next. */
  recordLazily(entry: NewEntry, release: () => void): void {
    this.#deps.recorder.add(entry);
    this.release(release);
  }

  /** Releases every recorded result. Resolves when all were, and every open wait was asked for again. */
  async replay(): Promise<void> {
    for await (const entry of this.#deps.recorded) {
      const ask = await this.#arrival(entry.key, entry.kind);
      // Counted before the code sees it: what it does next comes after.
      this.#resultsSeen++;
      await ask.deliver(entry);
      this.#released++;
      this.#changed();
      await nextTurn(this.#deps.env);
      if (this.#isClosed) return;
    }
    for (const waitpoint of await this.#deps.waitpoints()) {
      const ask = await this.#arrival(waitpoint.entryKey, waitpoint.kind === "time" ? "wait" : "children");
      this.#waitsSeen++;
      ask.claim?.(waitpoint);
    }
  }

  /** Begins what was asked and is not recorded; from here on every ask is begun at once. */
  goLive(): void {
    if (this.#isClosed) return;
    this.#isLive = true;
    if (this.#hasReturned) return;
    const deferred = [...this.#asked];
    this.#asked.clear();
    for (const [key, ask] of deferred) ask.begin(key);
    this.#changed();
  }

  /** Hears what the code says about taking back the asks that were in flight when it ended, without beginning any. */
  intendDeferred(): void {
    for (const [key, ask] of this.#asked) ask.intend?.(key);
  }

  /** The code has come to its end. What the journal still expects will never be asked for. */
  returned(): void {
    this.#hasReturned = true;
    this.#meet();
  }

  /** From here on nothing is released and nothing is begun: asks stay open for ever. */
  close(): void {
    this.#isClosed = true;
    this.#endGrace();
    this.#asked.clear();
    this.#ready.length = 0;
  }

  #changed(): void {
    this.activity++;
    this.#deps.onChange();
  }

  #arrival(key: string, kind: Entry["kind"]): Promise<Ask> {
    return new Promise((found, failed) => {
      this.#expected = {
        key,
        adoptable: kind === "wait" ? key.slice(0, key.indexOf("/")) : undefined,
        found,
        failed,
      };
      this.#meet();
    });
  }

  /** Brings what the journal expects and what the code asks together, or finds that they do not meet. */
  #meet(): void {
    const expected = this.#expected;
    if (expected === undefined || this.#isClosed || this.#take(expected.key)) return;
    if (this.#hasReturned) this.#diverge();
    else if (this.#asked.size > 0) this.#wonder(expected);
  }

  /** The code asks something else. In a turn we look whether a recorded wait can stand in, and then give it time. */
  #wonder(expected: Expected): void {
    const seen = this.activity;
    const isStill = () => seen === this.activity && this.#expected === expected && !this.#isClosed;
    this.#deps.env.turn(() => {
      if (!isStill()) return;
      this.#standInFor(expected).then((standIn) => {
        if (!isStill()) return;
        if (standIn !== undefined) this.#adopt(standIn, expected.key);
        else this.#grace ??= this.#deps.env.timer(DIVERGENCE_GRACE_MS, () => this.#diverge());
      }, expected.failed);
    });
  }

  /** A wait that the code asks for and that the journal does not know: one that it knows has an entry or a row of its own. */
  async #standInFor({ adoptable }: Expected): Promise<string | undefined> {
    const candidates = [...this.#asked].filter(([, ask]) => adoptable !== undefined && ask.adoptable === adoptable);
    if (candidates.length === 0) return undefined;
    this.#knownWaits ??= this.#deps.knownWaits().then((known) => new Set(known.map(({ entryKey }) => entryKey)));
    const known = await this.#knownWaits;
    return candidates.find(([key]) => !known.has(key))?.[0];
  }

  /** The code asks the same thing with other arguments. Its key is left to a later ask, the recorded one counts as asked. */
  #adopt(askedKey: string, recordedKey: string): void {
    const identity = recordedKey.slice(0, recordedKey.lastIndexOf("#"));
    this.#counts.set(identity, this.countOf(identity) + 1);
    this.#take(askedKey);
  }

  #take(key: string): boolean {
    const ask = this.#asked.get(key);
    if (ask === undefined || this.#expected === undefined) return false;
    const { found } = this.#expected;
    this.#endGrace();
    this.#expected = undefined;
    this.#asked.delete(key);
    found(ask);
    return true;
  }

  #endGrace(): void {
    this.#grace?.clear();
    this.#grace = undefined;
  }

  #diverge(): void {
    if (this.#isClosed || this.#expected === undefined) return;
    const diff = describeDivergence({
      expected: this.#expected.key,
      released: this.#released,
      asked: [...this.#asked.keys()],
      hasReturned: this.#hasReturned,
    });
    this.#deps.onDiverged(diff);
  }

  async #releaseReady(): Promise<void> {
    if (this.#isReleasing) return;
    this.#isReleasing = true;
    for (let next = this.#ready.shift(); next !== undefined; next = this.#ready.shift()) {
      if (next.committed !== undefined) await next.committed;
      if (this.#isClosed) return;
      next.release();
      this.#changed();
      await nextTurn(this.#deps.env);
    }
    this.#isReleasing = false;
    this.#changed();
  }
}
