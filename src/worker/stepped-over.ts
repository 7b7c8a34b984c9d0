import { type Entry, identityOf } from "../core/entry.ts";
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

  /** The one that this ask is for. */
  take({ identity, tie }: Ask): Left | undefined {
    const same = [...this.#left.values()].filter(({ entry }) => identityOf(entry.key) === identity);
    const left = same.find(({ entry }) => tieOf(entry) === tie) ?? same[0];
    if (left !== undefined) this.#left.delete(left.entry.key);
    return left;
  }

  forget(): void {
    this.#left.clear();
  }
}
