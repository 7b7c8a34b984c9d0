import { entryKey } from "../core/entry.ts";
import type { Ask } from "./ask.ts";

/** What the code has asked for and was neither given nor begun, in the order in which it was asked. */
export class Asked {
  readonly #open = new Map<string, Ask>();
  readonly #counts = new Map<string, number>();
  /** Keys that an ask gave up for that of a recorded result: whoever would get one of them next gets the other. */
  readonly #exchanged = new Map<string, string>();
  /** What the code has taken back. */
  readonly #withdrawn = new Map<string, Ask>();

  get size(): number {
    return this.#open.size;
  }

  get keys(): readonly string[] {
    return [...this.#open.keys()];
  }

  get entries(): readonly (readonly [string, Ask])[] {
    return [...this.#open];
  }

  /** How often this identity was asked for so far. */
  countOf(identity: string): number {
    return this.#counts.get(identity) ?? 0;
  }

  /** The key of the next ask with this identity. */
  name(identity: string): string {
    const natural = entryKey(identity, this.count(identity));
    const exchanged = this.#exchanged.get(natural);
    if (exchanged !== undefined) this.#exchanged.delete(natural);
    return exchanged ?? natural;
  }

  /** Counts one more of this identity. */
  count(identity: string): number {
    const count = this.countOf(identity) + 1;
    this.#counts.set(identity, count);
    return count;
  }

  add(key: string, ask: Ask): void {
    this.#open.set(key, ask);
  }

  get(key: string): Ask | undefined {
    return this.#open.get(key);
  }

  take(key: string): Ask | undefined {
    const ask = this.#open.get(key);
    this.#open.delete(key);
    return ask;
  }

  /** Takes the ask and gives its key to whoever has, or would get, that of the recorded result, so that no two have one key. */
  takeFor(key: string, recorded: string): Ask | undefined {
    const ask = this.take(key);
    const other = this.take(recorded);
    if (other === undefined) this.#exchanged.set(recorded, key);
    else this.#open.set(key, other);
    return ask;
  }

  /** Withdraws an ask, wherever it stands by now. */
  remove(ask: Ask): void {
    for (const [key, open] of this.#open) {
      if (open !== ask) continue;
      this.#open.delete(key);
      this.#withdrawn.set(key, ask);
    }
  }

  /** The ask with this key that the code has withdrawn, if it has. */
  takeWithdrawn(key: string): Ask | undefined {
    const ask = this.#withdrawn.get(key);
    this.#withdrawn.delete(key);
    return ask;
  }

  /** Takes all of them. */
  takeAll(): readonly (readonly [string, Ask])[] {
    const all = this.entries;
    this.#open.clear();
    return all;
  }
}
