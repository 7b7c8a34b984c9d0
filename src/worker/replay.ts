import type { Entry, Waitpoint } from "../core/entry.ts";
import { nextPlace, placeOf } from "../core/entry-place.ts";
import type { Ask } from "./ask.ts";
import type { Asked } from "./asked.ts";
import type { Journal, JournalDeps } from "./journal.ts";
import { Meeting } from "./meeting.ts";
import { SteppedOver } from "./stepped-over.ts";

/** Releases what the journal holds, one result after the other, each when the code has come to it. */
export class Replay {
  readonly #journal: Journal;
  readonly #asked: Asked;
  readonly #deps: JournalDeps;
  readonly #meeting: Meeting;
  readonly #over = new SteppedOver();
  readonly #parts = new Map<string, (entry: Entry) => void | Promise<void>>();
  #resultsSeen = 0;
  #waitsSeen = 0;
  /** Of the result that was released last, and how many were first recorded after it. */
  #place = placeOf(undefined);
  #placed = 0;

  constructor(journal: Journal, asked: Asked, deps: JournalDeps) {
    this.#journal = journal;
    this.#asked = asked;
    this.#deps = deps;
    this.#meeting = new Meeting(journal, asked, deps);
  }

  get seen(): { readonly results: number; readonly waits: number } {
    return { results: this.#resultsSeen, waits: this.#waitsSeen };
  }

  get isInDoubt(): boolean {
    return this.#meeting.isInDoubt;
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
    this.#meeting.end();
    this.#over.forget();
  }

  /** The code has asked something. */
  asked(key: string, ask: Ask): void {
    const earlier = this.#over.take(key, ask);
    if (earlier === undefined) {
      this.#meeting.look();
      return;
    }
    this.#asked.takeFor(key, earlier.entry.key);
    void this.#journal.releaseRecorded(() => ask.deliver(earlier.entry));
    for (const part of earlier.parts) void this.#journal.releaseRecorded(() => this.#parts.get(part.key)?.(part));
  }

  /** The code takes back what it has asked. */
  withdrawn(): void {
    this.#meeting.look();
  }

  /** The code has come to its end: what the journal still holds will never be asked for. */
  returned(): void {
    this.#meeting.look();
  }

  async #releaseResult(entry: Entry): Promise<void> {
    const ask = await this.#meeting.untilAsked({ key: entry.key, kind: entry.kind, entry });
    if (ask === undefined) this.#over.add(entry);
    else await this.#release(entry, () => ask.deliver(entry));
  }

  async #releasePart(entry: Entry): Promise<void> {
    const hear = this.#parts.get(entry.key);
    if (hear === undefined) this.#over.addPart(entry);
    else await this.#release(entry, () => hear(entry));
    if (entry.kind === "end") this.#parts.delete(entry.key);
  }

  /** What the code does next comes after this result, so the counts rise before it sees it. */
  async #release(entry: Entry, deliver: () => void | Promise<void>): Promise<void> {
    const next = await this.#deps.records.peek();
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
    const ask = await this.#meeting.untilAsked({ key: waitpoint.entryKey, kind, entry: undefined });
    this.#waitsSeen++;
    ask?.claim?.(waitpoint);
  }
}
