import { askedKey, identityOf, isAutomatic } from "../core/entry.ts";
import type { Asked } from "./asked.ts";
import { tieOf } from "./effects/recorded-http.ts";
import type { Expected } from "./meeting.ts";
import type { Records } from "./records.ts";

/**
 * The ask for the expected result, if the code has made it: by its key. Where requests that differ in their headers alone are
 * asked in another order, their keys are exchanged, and the headers decide. An equal ask with another number is none: the code may
 * be about to make the very one.
 */
export function findMatch(expected: Expected, asked: Asked): string | undefined {
  const { key, kind, entry } = expected;
  if (kind !== "request" && kind !== "head") return asked.get(key) === undefined ? undefined : key;
  const asking = askedKey(key);
  const ask = asked.get(asking);
  if (ask === undefined) return undefined;
  const tie = entry && tieOf(entry);
  return ask.tie === tie ? asking : findEqual(identityOf(key), tie, asked);
}

/** An automatic ask of the same identity: rather one with the same headers, and otherwise any, whatever its number. */
export function findSimilar({ key, kind, entry }: Expected, asked: Asked): string | undefined {
  if (kind !== "request" && kind !== "head" && kind !== "timer") return undefined;
  const identity = identityOf(key);
  const equal = kind === "timer" ? undefined : findEqual(identity, entry && tieOf(entry), asked);
  return equal ?? asked.entries.find(([, ask]) => ask.identity === identity)?.[0];
}

function findEqual(identity: string, tie: string | undefined, asked: Asked): string | undefined {
  return asked.entries.find(([, ask]) => ask.identity === identity && ask.tie === tie)?.[0];
}

/** Asks that are the expected one with other arguments: a wait of another length, a request with another body. */
export function findAdoptable({ key }: Expected, asked: Asked): readonly string[] {
  const adoptable = key.slice(0, key.indexOf("/"));
  return asked.entries.filter(([, ask]) => ask.adoptable === adoptable).map(([asking]) => asking);
}

/**
 * Whether the code asks for a recorded result that follows after automatic ones alone. Timers that run on are asked for all the
 * time, so of them only the very one counts.
 */
export async function findAhead(records: Records, asked: Asked): Promise<boolean> {
  for await (const { entry } of records.ahead()) {
    if (entry === undefined) return false;
    if (entry.kind === "body" || entry.kind === "end") continue;
    const ahead = { key: entry.key, kind: entry.kind, entry };
    const similar = entry.kind === "timer" ? undefined : findSimilar(ahead, asked);
    if ((findMatch(ahead, asked) ?? similar) !== undefined) return true;
    if (!isAutomatic(entry.kind)) return false;
  }
  return false;
}
