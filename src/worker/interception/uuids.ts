import type { Effects } from "../effects/effects.ts";

const UUID_BYTES = 16;
const TIME_BYTES = 6;

/** By chance (RFC 9562, version 4). */
export function uuidV4(effects: Effects): string {
  return uuidOf(Buffer.from(effects.randomBytes(UUID_BYTES)), 4);
}

/** By the clock, then by chance (version 7). */
export function uuidV7(effects: Effects): string {
  const bytes = Buffer.alloc(UUID_BYTES);
  bytes.writeUIntBE(effects.now(), 0, TIME_BYTES);
  bytes.set(effects.randomBytes(UUID_BYTES - TIME_BYTES), TIME_BYTES);
  return uuidOf(bytes, 7);
}

/** Writes version and variant over six of the bits. */
function uuidOf(bytes: Buffer, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
