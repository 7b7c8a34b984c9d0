import type { Entry } from "../core/entry.ts";

/** A recorded result, and what the clock showed the code since the result before. */
export interface RecordedResult {
  /** Absent in the last one, where reads of the clock follow the last result. */
  readonly entry?: Entry;
  readonly clock: readonly string[];
}

/** The recorded results of one journal in order, read page by page; those further on can be looked at before they are taken. */
export class Records {
  readonly #source: AsyncIterator<RecordedResult>;
  readonly #loaded: RecordedResult[] = [];
  #loading: Promise<boolean> | undefined;

  constructor(source: AsyncIterable<RecordedResult>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Takes the next one. */
  async next(): Promise<RecordedResult | undefined> {
    await this.peek();
    return this.#loaded.shift();
  }

  /** The one that `next` would take. */
  async peek(): Promise<RecordedResult | undefined> {
    if (this.#loaded.length === 0) await this.#load();
    return this.#loaded[0];
  }

  /** Those that follow, without taking them. */
  async *ahead(): AsyncGenerator<RecordedResult> {
    for (let i = 0; i < this.#loaded.length || (await this.#load()); i++) yield this.#loaded[i] as RecordedResult;
  }

  /** One at a time, since a look ahead may be under way when the next is taken. */
  #load(): Promise<boolean> {
    this.#loading ??= this.#source
      .next()
      .then(({ done, value }) => {
        if (done !== true) this.#loaded.push(value);
        return done !== true;
      })
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }
}
