import { isDropped, type Lease, leaseOf, type Story, type Written } from "./evidence.ts";
import type { Deed } from "./history.ts";
import { ORIGIN, SENDING_HEADER } from "./outside.ts";
import type { Sent } from "./perform-effects.ts";
import { numberIn } from "./perform-effects.ts";
import type { Heard } from "./program.ts";

/** The last that a journal has of one request: what its code sees of it for good. */
export interface Answer {
  /** Of the arrival that it answers. */
  readonly number: number;
  readonly written: Written;
}

/** A deed under a lease. */
export interface Under<Seen> {
  readonly deed: Deed;
  readonly seen: Seen;
  readonly lease: Lease;
}

/** By the number of the arrival. */
export function answersOf({ entries }: Story): ReadonlyMap<number, Answer> {
  const answers = new Map<number, Answer>();
  const begun = new Map<string, number | undefined>();
  for (const written of entries) {
    const { kind, key, journal, result = "" } = written.entry;
    if (kind === "head") begun.set(`${journal} ${key}`, numberOf(result));
    const number = kind === "request" ? numberOf(result) : kind === "end" ? begun.get(`${journal} ${key}`) : undefined;
    if (number !== undefined && !result.includes('"given-up"')) answers.set(number, { number, written });
  }
  return answers;
}

/** Requests that were made, those of rehearsals too. */
export function sentOf(story: Story): readonly Under<Sent>[] {
  return underLease<Sent>(story, "sent");
}

/** What came of requests. */
export function heardOf(story: Story): readonly Under<Heard>[] {
  return underLease<Heard>(story, "heard");
}

export function underLease<Seen>(story: Story, kind: Deed["kind"]): readonly Under<Seen>[] {
  return story.deeds.flatMap((deed) => {
    const lease = deed.kind === kind ? leaseOf(story, deed) : undefined;
    return lease === undefined ? [] : [{ deed, seen: deed.seen as Seen, lease }];
  });
}

/** Whether the code did this in a continuation of the journal that had this entry from its beginning. */
export function follows(story: Story, { lease }: Under<unknown>, written: Written): boolean {
  return (
    lease.journal === written.entry.journal &&
    lease.from > written.commit.seq &&
    !lease.isUndoing &&
    !isDropped(story, written, lease.from)
  );
}

/** Intents of requests to where this place leads, by the journal. */
export function announcementsOf({ entries }: Story, place: string): readonly Written[] {
  const url = `"url":"${ORIGIN}/${operationAt(place)}"`;
  return entries.filter(({ entry: { kind, result } }) => kind === "sent" && result?.includes(url));
}

/** Heads whose answer had no end when its process ended. */
export function cutOff({ entries }: Story): readonly Written[] {
  const ended = new Set(entries.filter(({ entry }) => entry.kind === "end").map(nameOf));
  return entries.filter((written) => written.entry.kind === "head" && !ended.has(nameOf(written)));
}

/** Of a place `0.1#2`: how many came before it there, itself included. */
export function countAt(place: string): number {
  return Number(place.slice(place.indexOf("#") + 1));
}

function operationAt(place: string): string {
  return place.slice(0, place.indexOf("#"));
}

function nameOf({ entry: { journal, key } }: Written): string {
  return `${journal} ${key}`;
}

function numberOf(result: string): number | undefined {
  const found = new RegExp(`"${SENDING_HEADER}","(\\d+)"`).exec(result)?.[1];
  return found === undefined ? numberIn(result) : Number(found);
}
