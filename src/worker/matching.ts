import { identityOf } from "../core/entry.ts";
import type { Asked } from "./asked.ts";
import { tieOf } from "./effects/recorded-http.ts";
import type { Expected } from "./replay.ts";

/** The ask for the expected result, if the code has made it: by its key, and of equal requests by what tells them apart. */
export function findMatch(expected: Expected, asked: Asked): string | undefined {
  const { key, kind, entry } = expected;
  if (kind !== "request" && kind !== "head") return asked.get(key) === undefined ? undefined : key;
  const identity = identityOf(key);
  const tie = entry && tieOf(entry);
  return asked.entries.find(([, ask]) => ask.identity === identity && ask.tie === tie)?.[0];
}

/** An automatic ask of the same identity, whatever its number or its headers. */
export function findSimilar({ key, kind }: Expected, asked: Asked): string | undefined {
  if (kind !== "request" && kind !== "head" && kind !== "timer") return undefined;
  const identity = identityOf(key);
  return asked.entries.find(([, ask]) => ask.identity === identity)?.[0];
}

/** Asks that are the expected one with other arguments: a wait of another length, a request with another body. */
export function findAdoptable({ key }: Expected, asked: Asked): readonly string[] {
  const adoptable = key.slice(0, key.indexOf("/"));
  return asked.entries.filter(([, ask]) => ask.adoptable === adoptable).map(([asking]) => asking);
}
