import { type Entry, isAutomatic, type NewEntry, type Waitpoint } from "../core/entry.ts";
import { type Env, nextTurn } from "../core/env.ts";
import type { Ask, Difference } from "./ask.ts";
import { Asked } from "./asked.ts";
import type { Recorder } from "./recorder.ts";
import type { Records } from "./records.ts";
import { Replay } from "./replay.ts";

export interface JournalDeps {
  readonly env: Env;
  readonly recorder: Recorder;
  /** The recorded results of this journal, in order. */
  readonly records: Records;
  /** Waits of this journal whose end the code has not seen; their results may still be among the recorded ones. */
  readonly waitpoints: () => Promise<readonly Waitpoint[]>;
  /** All waits that the journal knows, also where none is to be asked for again: none of them stands in for another. */
  readonly knownWaits: () => Promise<readonly Waitpoint[]>;
  /** Something automatic is under way for real, so that the code may yet come to what its journal holds. */
  readonly isBusy: () => boolean;
  /** False where the code is only listened to: nothing at all is begun then. */
  readonly mayBegin: () => boolean;
  /** The code is about to see this result (none: it is about to start), and up to the next one its clock shows these reads. */
  readonly onStretch: (entry: Entry | undefined, clock: readonly string[] | undefined) => void;
  /** A request is not what was recorded. False where that is a divergence, which is told then. */
  readonly mayDiffer: (difference: Difference) => boolean;
  readonly onDiverged: (diff: string) => void;
  /** Something happened that may have left every branch waiting. */
  readonly onChange: () => void;
}

/**
 * The order in which a run's code sees the results of what it asked.
 *
 * Replaying (`replay.ts`, `meeting.ts`), recorded results are released in the order in which they became visible the first time, one in a turn
 * of the event loop, so that what each sets off is asked in the same order again. Steps, waits and children are not begun until
 * every recorded result has been released and every open wait has been asked for: what the code asks beyond them was in flight
 * when its process ended, and is begun then. Code that has changed is found out before it does anything of these.
 *
 * Live, results are released in the order of their places in the journal, one in a turn again: the two must not differ.
 */
export class Journal {
  readonly #deps: JournalDeps;
  readonly #asked = new Asked();
  readonly #replay: Replay;
  readonly #ready: { readonly committed: Promise<void> | undefined; readonly release: () => void | Promise<void> }[] =
    [];
  #isLive = false;
  #isReleasing = false;
  #isClosed = false;
  #hasReturned = false;
  /** Rises with everything that happens; equal readings a turn apart mean that nothing did. */
  activity = 0;

  constructor(deps: JournalDeps) {
    this.#deps = deps;
    this.#replay = new Replay(this, this.#asked, deps);
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get hasReturned(): boolean {
    return this.#hasReturned;
  }

  /** How many recorded results the code has seen again, and to how many open waits it has come again after them. */
  get place(): { readonly results: number; readonly waits: number } {
    return this.#replay.seen;
  }

  /** Nothing is asked that has not begun, and no result waits for its release. */
  get isDrained(): boolean {
    return this.#isLive && this.isQuiet;
  }

  /** Nothing that was asked is without its result. */
  get isQuiet(): boolean {
    return this.#asked.size === 0 && this.areReleased;
  }

  get areReleased(): boolean {
    return this.#ready.length === 0 && !this.#isReleasing;
  }

  /** The code asks something else than the journal holds, and has not been given up yet. */
  get isInDoubt(): boolean {
    return this.#replay.isInDoubt;
  }

  /** How often this identity was asked for so far. */
  countOf(identity: string): number {
    return this.#asked.countOf(identity);
  }

  ask(ask: Ask): void {
    if (this.#isClosed) return;
    const key = this.#asked.name(ask.identity);
    this.changed();
    this.askAgain(key, ask);
  }

  /** The code wants it no more. Without effect on what was released or begun. */
  withdraw(ask: Ask): void {
    this.#asked.remove(ask);
    this.#replay.withdrawn();
  }

  /** What fires again and again goes on being asked for, under the key that it has. */
  askAgain(key: string, ask: Ask): void {
    if (this.#isClosed) return;
    if (this.#isLive) {
      ask.begin(key);
    } else {
      this.#asked.add(key, ask);
      this.#replay.asked(key, ask);
    }
  }

  /** The recorded parts that follow what was delivered under this key. */
  hearParts(key: string, hear: (entry: Entry) => void | Promise<void>): void {
    this.#replay.hearParts(key, hear);
  }

  /** Lets the code see a result that the node has given its place, once everything before it was seen and it is on disk. */
  release(entry: NewEntry, release: () => void, committed: Promise<void>): void {
    this.#enqueue(this.#newStretch(entry, release), committed);
  }

  /** Lets the code see a recorded result in a turn of its own; resolves when it has. */
  releaseRecorded(release: () => void | Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#enqueue(() => {
        return Promise.resolve(release()).then(() => resolve(nextTurn(this.#deps.env)), reject);
      }, undefined);
    });
  }

  /** Gives the entry its place and lets the code see it when it is on disk. */
  record(entry: NewEntry, release: () => void): void {
    this.add(entry);
    this.#enqueue(this.#newStretch(entry, release), this.#deps.recorder.flush());
  }

  /** Gives the entry its place and lets the code see it; it is written with whatever comes next. */
  recordLazily(entry: NewEntry, release: () => void): void {
    this.add(entry);
    this.#enqueue(this.#newStretch(entry, release), undefined);
  }

  /** A chunk of a body, which may become part of the entry before. */
  recordChunk(entry: NewEntry, chunk: Uint8Array, release: () => void): void {
    this.#deps.recorder.addChunk(this.#placed(entry), chunk);
    this.#enqueue(this.#newStretch(entry, release), undefined);
  }

  /** Gives the entry its place. What is recorded before the journal is used up goes between recorded ones. */
  add(entry: NewEntry): void {
    this.#deps.recorder.add(this.#placed(entry));
  }

  #placed(entry: NewEntry): NewEntry {
    return this.#isLive || !isAutomatic(entry.kind) ? entry : { ...entry, place: this.#replay.nextPlace() };
  }

  /** Loads what the code's clock shows before it starts. */
  open(): Promise<void> {
    return this.#replay.open();
  }

  /** Releases every recorded result. Resolves when all were, and every open wait was asked for again. */
  replay(): Promise<void> {
    return this.#replay.run();
  }

  /** Begins what was asked and is not recorded; from here on every ask is begun at once. */
  goLive(): void {
    if (this.#isClosed) return;
    this.#isLive = true;
    this.#replay.end();
    if (this.#hasReturned) return;
    for (const [key, ask] of this.#asked.takeAll()) ask.begin(key);
    this.changed();
  }

  /** Hears what the code says about taking back the asks that were in flight when it ended, without beginning any. */
  intendDeferred(): void {
    for (const [key, ask] of this.#asked.entries) ask.intend?.(key);
  }

  /** The code has come to its end. What the journal still expects will never be asked for. */
  returned(): void {
    this.#hasReturned = true;
    this.#replay.returned();
  }

  /** The code has thrown: what it has asked and is not begun stays open for ever. */
  abandon(): void {
    this.#asked.takeAll();
  }

  /** From here on nothing is released and nothing is begun: asks stay open for ever. */
  close(): void {
    this.#isClosed = true;
    this.#replay.end();
    this.#asked.takeAll();
    this.#ready.length = 0;
  }

  changed(): void {
    this.activity++;
    this.#deps.onChange();
  }

  /** A result that the code sees for the first time: from here on it sees the clock as it is. */
  #newStretch(entry: NewEntry, release: () => void): () => void {
    return () => {
      this.#deps.onStretch(entry as Entry, undefined);
      release();
    };
  }

  #enqueue(release: () => void | Promise<void>, committed: Promise<void> | undefined): void {
    this.#ready.push({ committed, release });
    void this.#releaseReady();
  }

  async #releaseReady(): Promise<void> {
    if (this.#isReleasing) return;
    this.#isReleasing = true;
    for (let next = this.#ready.shift(); next !== undefined; next = this.#ready.shift()) {
      if (next.committed !== undefined) await next.committed;
      if (this.#isClosed) return;
      const released = next.release();
      if (released !== undefined) await released;
      this.changed();
      await nextTurn(this.#deps.env);
    }
    this.#isReleasing = false;
    this.changed();
  }
}
