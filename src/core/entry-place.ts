import type { Entry } from "./entry.ts";

/**
 * Where an entry stands among the others, as text that sorts: its number or, of one that was first recorded while older ones were
 * replayed, the place of the result after which it was seen, and how many such came before it there.
 */
export function placeOf(entry: Pick<Entry, "seq" | "place"> | undefined): string {
  return entry?.place ?? padded(entry?.seq ?? 0, SEQ_DIGITS);
}

/** The place of the `count`-th entry (from 1) that was first recorded after the one at this place, and before the next. */
export function nextPlace(place: string, count: number): string {
  return `${place}.${padded(count, COUNT_DIGITS)}`;
}

const SEQ_DIGITS = 12;
const COUNT_DIGITS = 6;

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, "0");
}
