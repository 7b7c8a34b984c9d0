import type { RunStatus } from "../core/run-state.ts";
import type { Sql } from "./sql.ts";

/** Our own words as SQL literals: `'queued', 'waiting'`. Never for anything that came from outside. */
export function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(", ");
}

/**
 * Spelled out rather than passed as parameters, since a planner sees that a partial index fits only when the condition of
 * the index stands in the statement word for word.
 */
export function hasStatus(...statuses: readonly RunStatus[]): string {
  return statuses.length === 1 ? `status = ${quoted(statuses)}` : `status in (${quoted(statuses)})`;
}

/** A piece of SQL from a text of ours. */
export function literal(text: string): Sql {
  return { strings: [text], parts: [] };
}

export function joined(pieces: readonly Sql[], separator = ", "): Sql {
  return { strings: ["", ...pieces.slice(1).map(() => separator), ""], parts: pieces };
}

/**
 * A list in parts of 32, 16, 8, 4, 2 and 1, so that statements with a row of values for each element have six texts in all
 * and stay far from the limit on parameters.
 */
export function chunks<Element>(list: readonly Element[]): readonly (readonly Element[])[] {
  const parts: Element[][] = [];
  let start = 0;
  for (let size = 32; size >= 1; size /= 2) {
    for (; list.length - start >= size; start += size) parts.push(list.slice(start, start + size));
  }
  return parts;
}
