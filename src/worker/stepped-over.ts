import { askedKey, type Entry, identityOf } from "../core/entry.ts";
import type { Ask } from "./ask.ts";
import { tieOf } from "./effects/recorded-http.ts";

interface Left {
  readonly entry: Entry;
  readonly parts: Entry[];
}

/**
 * Recorded automatic results for which the code had not asked when it was their turn. Until the journal is used up it may still ask for them,
 * and gets them then rather than anew; later an equal ask is a new one.
 */
export class SteppedOver {
  readonly #left = new Map<string, Left>();

  add(entry: Entry): void {
    this.#left.set(entry.key, { entry, parts: [] });
  }

  addPart(entry: Entry): void {
    this.#left.get(entry.key)?.parts.push(entry);
  }

  /** The one that this ask is for: of equal ones rather that with the same headers, and of those that with the same number. */
  take(key: string, { identity, tie }: Ask): Left | undefined {
    if (this.#left.size === 0) return undefined;
    const same = [...this.#left.values()].filter(({ entry }) => identityOf(entry.key) === identity);
    const equal = same.filter(({ entry }) => tieOf(entry) === tie);
    const left = equal.find(({ entry }) => askedKey(entry.key) === key) ?? equal[0] ?? same[0];
    if (left !== undefined) this.#left.delete(left.entry.key);
    return left;
  }

  forget(): void {
    this.#left.clear();
  }
}
