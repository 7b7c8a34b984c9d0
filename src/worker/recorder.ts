import type { NewEntry } from "../core/entry.ts";
import { isPerdureError } from "../core/errors.ts";
import type { LeaseKey } from "../core/run.ts";
import type { AppendInput, WorkerCalls } from "../protocol/worker-calls.ts";
import { writeChunks } from "./effects/recorded-http.ts";

/** Nothing waits for more than this to be written. */
const MOST_PENDING_ENTRIES = 1_000;
const MOST_PENDING_BYTES = 1024 * 1024;

type NewWaitpoint = AppendInput["waitpoints"][number];
type Note = NonNullable<AppendInput["notes"]>[number];

/** An entry that grows until it is sent: the chunks of one body that came in a row. */
interface Growing extends NewEntry {
  readonly chunks: Uint8Array[];
}

interface Pending {
  entries: (NewEntry | Growing)[];
  /** Of the bodies among them. */
  chunkBytes: number;
  waitpoints: NewWaitpoint[];
  metadata: string | undefined;
  tags: string[];
  notes: Note[];
}

/**
 * The way of a run's entries to the disk. Everything is sent in the order in which it was added, one message at a time; what is
 * added meanwhile goes with the next. So what is on disk is always a prefix of what happened:
 * an entry may become visible before it is written as long as whatever follows from it is written after it.
 *
 * When a write is refused, or cannot be made, the lease is lost: `onLost` is called once, and no promise given out here
 * settles any more (suspending never throws).
 */
export class Recorder {
  readonly #takeClock: () => string | undefined;
  readonly #calls: WorkerCalls;
  readonly #key: () => LeaseKey;
  readonly #onSending: () => void;
  readonly #onLost: (reason?: unknown) => void;
  #entrySeq: number;
  #pending: Pending = nothingPending();
  #tail: Promise<unknown> = Promise.resolve();
  #scheduled: Promise<void> | undefined;
  #isLost = false;

  /**
   * @param deps - `onSending` is called before each message: for what is to reach the node before it, or is to go with it.
   *   `takeClock` gives the reads of the clock since the entry before.
   */
  constructor(deps: {
    calls: WorkerCalls;
    key: () => LeaseKey;
    entrySeq: number;
    takeClock: () => string | undefined;
    onSending: () => void;
    onLost: (reason?: unknown) => void;
  }) {
    this.#takeClock = deps.takeClock;
    this.#calls = deps.calls;
    this.#key = deps.key;
    this.#onSending = deps.onSending;
    this.#onLost = deps.onLost;
    this.#entrySeq = deps.entrySeq;
  }

  /** The number of the last entry that is on disk. */
  get entrySeq(): number {
    return this.#entrySeq;
  }

  /** Something was seen that is not on its way to the disk yet. */
  get hasPending(): boolean {
    return this.#pending.entries.length > 0;
  }

  add(entry: NewEntry): void {
    this.#push({ ...entry, ...this.#clock() });
  }

  /** A chunk of a body: part of the entry before, where that is of the same body and the clock was not read in between. */
  addChunk(entry: NewEntry, chunk: Uint8Array): void {
    const clock = this.#clock();
    const last = this.#pending.entries.at(-1);
    const isPart = last !== undefined && "chunks" in last && last.key === entry.key && clock.clock === undefined;
    if (isPart) last.chunks.push(chunk);
    else this.#push({ ...entry, ...clock, chunks: [chunk] });
    this.#pending.chunkBytes += chunk.length;
    if (this.#pending.chunkBytes > MOST_PENDING_BYTES) void this.flush();
  }

  /** What follows lazily goes with the next entry that is waited for; but not everything can wait for ever. */
  #push(entry: NewEntry | Growing): void {
    this.#pending.entries.push(entry);
    if (this.#pending.entries.length >= MOST_PENDING_ENTRIES) void this.flush();
  }

  #clock(): { clock?: string } {
    const clock = this.#takeClock();
    return clock === undefined ? {} : { clock };
  }

  addWaitpoint(waitpoint: NewWaitpoint): void {
    this.#pending.waitpoints.push(waitpoint);
  }

  addTags(tags: readonly string[]): void {
    this.#pending.tags.push(...tags);
  }

  setMetadata(metadata: string): void {
    this.#pending.metadata = metadata;
  }

  note(note: Note): void {
    this.#pending.notes.push(note);
  }

  /** Writes what is pending; resolves when it is on disk. Never rejects: what the node refuses now it would refuse ever after. */
  flush(): Promise<void> {
    this.#scheduled ??= this.send(
      (append) => this.#calls.record({ ...this.#key(), append }),
      ({ state }) => state === "recorded",
    ).then(
      () => undefined,
      (error: unknown) => this.#lose(error),
    );
    return this.#scheduled;
  }

  /**
   * Sends what is pending together with another call, once everything before it is on disk. Where `isWritten` denies, what
   * was pending stays so. `call` is made at the moment when the places are settled: what it adds to a queue stands there in
   * the order of the journal. Rejects only when the node refuses what the caller asked for.
   *
   * @param ownEntries - How many entries the node writes by itself after those that are pending.
   */
  send<Answer extends { state: string }>(
    call: (append: AppendInput) => Promise<Answer>,
    isWritten: (answer: Answer) => boolean,
    ownEntries = 0,
  ): Promise<Answer> {
    const sent = this.#tail.then(async () => {
      if (this.#isLost) return never();
      this.#scheduled = undefined;
      this.#onSending();
      const taken = this.#pending;
      this.#pending = nothingPending();
      const answer = await this.#answered(call(toAppend(taken, this.#entrySeq + 1)), taken);
      if (answer.state === "lost" || answer.state === "ended") return this.#lose();
      if (isWritten(answer)) this.#entrySeq += taken.entries.length + ownEntries;
      else this.#pending = merged(taken, this.#pending);
      return answer;
    });
    this.#tail = sent.catch(() => undefined);
    return sent;
  }

  /** A refusal of the caller's input is the caller's; anything else leaves open what became of the write, so the lease is given up. */
  async #answered<Answer>(answer: Promise<Answer>, taken: Pending): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      if (!isPerdureError(error) || error.status >= 500) return this.#lose(error);
      this.#pending = merged(taken, this.#pending);
      throw error;
    }
  }

  #lose(reason?: unknown): Promise<never> {
    this.#isLost = true;
    this.#onLost(reason);
    return never();
  }
}

function nothingPending(): Pending {
  return { entries: [], chunkBytes: 0, waitpoints: [], metadata: undefined, tags: [], notes: [] };
}

function merged(earlier: Pending, later: Pending): Pending {
  return {
    entries: [...earlier.entries, ...later.entries],
    chunkBytes: earlier.chunkBytes + later.chunkBytes,
    waitpoints: [...earlier.waitpoints, ...later.waitpoints],
    metadata: later.metadata ?? earlier.metadata,
    tags: [...earlier.tags, ...later.tags],
    notes: [...earlier.notes, ...later.notes],
  };
}

function toAppend({ entries, waitpoints, metadata, tags, notes }: Pending, firstSeq: number): AppendInput {
  return {
    firstSeq,
    entries: entries.map(written),
    waitpoints,
    ...(metadata === undefined ? {} : { metadata }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

function written(entry: NewEntry | Growing): NewEntry {
  if (!("chunks" in entry)) return entry;
  const { chunks, ...rest } = entry;
  return { ...rest, result: writeChunks(chunks) };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
