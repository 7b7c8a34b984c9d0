/**
 * The several forms in which undici takes and gives headers, and the flat list that the journal keeps. Bytes are characters
 * of the same number (latin1), so nothing is lost on the way.
 */
import type { RawHeader } from "./undici-dispatcher.ts";

/** Name, value, name, value, …: of an array of that form, of pairs (`Headers`, `Map`), or of an object. */
export function listRequestHeaders(headers: unknown): string[] {
  if (typeof headers !== "object" || headers === null) return [];
  if (Array.isArray(headers)) return listPairs(pairUp(headers));
  return listPairs(isIterable(headers) ? (headers as Iterable<[unknown, unknown]>) : Object.entries(headers));
}

/** Whether reading them uses them up, as it does those of a generator. */
export function areUsedUpByReading(headers: unknown): boolean {
  if (typeof headers !== "object" || headers === null || !isIterable(headers)) return false;
  return (headers as Iterable<unknown>)[Symbol.iterator]() === headers;
}

export function listResponseHeaders(raw: unknown, parsed: unknown): string[] {
  return Array.isArray(raw) ? listPairs(pairUp(raw)) : listRequestHeaders(parsed);
}

export function toRawHeaders(headers: readonly string[]): Buffer[] {
  return headers.map((text) => Buffer.from(text, "latin1"));
}

/** Names in small letters; a name that came more than once has an array. */
export function toHeadersByName(headers: readonly string[]): Record<string, string | string[]> {
  const byName = new Map<string, string | string[]>();
  for (const [name, text] of pairUp(headers) as Iterable<[string, string]>) {
    const key = name.toLowerCase();
    const before = byName.get(key);
    byName.set(key, before === undefined ? text : [before, text].flat());
  }
  return Object.fromEntries(byName);
}

function* pairUp(list: readonly unknown[]): Generator<[unknown, unknown]> {
  for (let at = 0; at + 1 < list.length; at += 2) yield [list[at], list[at + 1]];
}

function listPairs(pairs: Iterable<[unknown, unknown]>): string[] {
  const list: string[] = [];
  for (const [name, text] of pairs) {
    // Undici leaves out what is undefined, and sends null as nothing.
    if (text === undefined) continue;
    for (const one of Array.isArray(text) ? text : [text]) list.push(toText(name), one === null ? "" : toText(one));
  }
  return list;
}

function toText(part: RawHeader | unknown): string {
  return Buffer.isBuffer(part) ? part.toString("latin1") : String(part);
}

function isIterable(value: object): boolean {
  return Symbol.iterator in value && typeof value[Symbol.iterator] === "function";
}
