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
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

/** Crockford's base 32: no I, L, O or U, and its order is the order of the bytes. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_CHARACTERS = 10;
const CHANCE_BYTES = 10;

/**
 * Makes an id such as `run_01k2v9m3x4…`: 48 bits of time, then 80 bits of chance, so that ids sort by age and two nodes
 * never make the same one (layout of a ULID).
 */
export function createId(kind: IdKind, env: Env): string {
  let time = env.now();
  let timePart = "";
  for (let i = 0; i < TIME_CHARACTERS; i++) {
    timePart = ALPHABET.charAt(time % 32) + timePart;
    time = Math.floor(time / 32);
  }
  return ID_PREFIXES[kind] + timePart + encode(env.randomBytes(CHANCE_BYTES));
}

/** True when `id` has the shape of an id of this kind. Says nothing about whether the thing exists. */
export function isId(kind: IdKind, id: string): boolean {
  return id.startsWith(ID_PREFIXES[kind]) && id.length > ID_PREFIXES[kind].length;
}

function encode(bytes: Uint8Array): string {
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
