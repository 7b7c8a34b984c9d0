/**
 * Values of users in rows: sealed, or, when they are long, the name of a blob (`blob:<id>:<characters>`) that the driver has
 * put in their place. The name is stored in clear text, so that deletion finds it without opening every value; what is
 * sealed begins with another byte.
 */
import { createHash } from "node:crypto";
import type { Seal } from "../seal.ts";

const PREFIX = "blob:";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The first bytes of a blob's name, to compare with `substr(column, 1, 5)`. */
export const BLOB_PREFIX: Uint8Array = encoder.encode(PREFIX);
export const BLOB_PREFIX_LENGTH: number = BLOB_PREFIX.length;

export interface BlobName {
  readonly id: string;
  readonly size: number;
}

export function toBytes(text: string | undefined, seal: Seal): Uint8Array | null {
  if (text === undefined) return null;
  return text.startsWith(PREFIX) ? encoder.encode(text) : seal.close(text);
}

export function toText(bytes: Uint8Array, seal: Seal): string {
  return namesBlob(bytes) ? decoder.decode(bytes) : seal.open(bytes);
}

export function blobNamed(bytes: Uint8Array | null): BlobName | undefined {
  if (bytes === null || !namesBlob(bytes)) return undefined;
  const name = decoder.decode(bytes);
  const end = name.lastIndexOf(":");
  return { id: name.slice(PREFIX.length, end), size: Number(name.slice(end + 1)) };
}

/** What a value weighs in the journal: its characters, wherever they lie. */
export function weightOf(text: string | undefined): number {
  if (text === undefined) return 0;
  return text.startsWith(PREFIX) ? Number(text.slice(text.lastIndexOf(":") + 1)) : text.length;
}

/** Postgres refuses index entries beyond 2,704 bytes, and users' keys may be longer: those stand in the index as their hash. */
export function indexable(key: string): string {
  return key.length <= LONGEST_INDEXED ? key : `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

const LONGEST_INDEXED = 512;

function namesBlob(bytes: Uint8Array): boolean {
  return BLOB_PREFIX.every((byte, i) => bytes[i] === byte);
}
