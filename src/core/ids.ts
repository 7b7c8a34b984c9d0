import type { Env } from "./env.ts";

/** What an id may name; the prefix says it to whoever reads a log. */
export const ID_PREFIXES = {
  run: "run_",
  waitpoint: "waitpoint_",
  batch: "batch_",
  worker: "worker_",
  node: "node_",
  lease: "lease_",
  blob: "blob_",
  request: "request_",
  key: "key_",
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

/** Crockford's base 32: no I, L, O or U, and its order is the order of the bytes. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_CHARACTERS = 10;
const CHANCE_BYTES = 10;

interface Last {
  readonly time: number;
  readonly chance: Uint8Array;
}

/** The last id made with each `Env`, so that the next is greater though its millisecond may be the same. */
const lastMade = new WeakMap<Env, Last>();

/**
 * Makes an id such as `run_01k2v9m3x4…`: 48 bits of time, then 80 bits of chance, so that ids sort by age and two nodes
 * never make the same one (layout and monotony of a ULID). Ids made with one `Env` sort in the order in which they were
 * made, also within a millisecond and after the clock was set back: runs triggered in a row start in that order.
 */
export function createId(kind: IdKind, env: Env): string {
  const now = env.now();
  const last = lastMade.get(env);
  const made =
    last !== undefined && now <= last.time ? after(last) : { time: now, chance: env.randomBytes(CHANCE_BYTES) };
  lastMade.set(env, made);
  return ID_PREFIXES[kind] + encodeTime(made.time) + encodeBase32(made.chance);
}

/**
 * The id of something that whoever makes it again must find: the same for the same instant and bytes (a hash of what it is).
 *
 * @param bytes - Ten of them.
 */
export function derivedId(kind: IdKind, time: number, bytes: Uint8Array): string {
  return ID_PREFIXES[kind] + encodeTime(time) + encodeBase32(bytes.subarray(0, CHANCE_BYTES));
}

/** The next greater one; when chance has run through, in the next millisecond. */
function after({ time, chance }: Last): Last {
  const next = Uint8Array.from(chance);
  for (let i = next.length - 1; i >= 0; i--) {
    next[i] = ((next[i] as number) + 1) & 255;
    if (next[i] !== 0) return { time, chance: next };
  }
  return { time: time + 1, chance: next };
}

/** An id of the same kind and age with this chance (10 bytes) in place of its own. */
export function withChance(id: string, chance: Uint8Array): string {
  return id.slice(0, id.indexOf("_") + 1 + TIME_CHARACTERS) + encodeBase32(chance);
}

function encodeTime(time: number): string {
  let rest = time;
  let text = "";
  for (let i = 0; i < TIME_CHARACTERS; i++) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** True when `id` has the shape of an id of this kind. Says nothing about whether the thing exists. */
export function isId(kind: IdKind, id: string): boolean {
  return id.startsWith(ID_PREFIXES[kind]) && id.length > ID_PREFIXES[kind].length;
}

/** Five bits to a character; bits that are left over at the end are dropped. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((held >>> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return text;
}
