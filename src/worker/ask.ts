import type { Entry, Waitpoint } from "../core/entry.ts";

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
  /** Tells asks of one identity apart, where the order in which they are asked may not: it is part of no key. */
  readonly tie?: string;
  begin(key: string): void;
  deliver(entry: Entry): void | Promise<void>;
  claim?(waitpoint: Waitpoint): void;
  /** Nothing is to be begun: only what the code says about taking it back is wanted. */
  intend?(key: string): void;
}

/** What the journal held and what the code asked instead, by their keys. */
export interface Difference {
  readonly kind: "replay.stepped-over" | "replay.request-differs";
  readonly expected: string;
  readonly asked: readonly string[];
}
