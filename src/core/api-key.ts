import type { Env } from "./env.ts";
import { encodeBase32 } from "./ids.ts";

/** A secret key of an environment, as the store keeps it. Instants are epoch milliseconds. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** What its holder shows, and what public tokens are signed with. */
  readonly secret: string;
  /** By which people tell one from another. */
  readonly lastFour: string;
  readonly createdAt: number;
  /** When it was last seen in use, to the hour. */
  readonly lastUsedAt?: number;
  readonly revokedAt?: number;
  readonly expiresAt?: number;
}

/** All of a key but its secret, which is shown once. */
export type ApiKeySummary = Omit<ApiKey, "secret">;

const CHANCE_BYTES = 20;
const SECRET = /^pdr_(?:dev|prod)_[0-9a-hjkmnp-tv-z]{38}$/;
const CHECKSUM_CHARACTERS = 6;

/**
 * Makes the secret of a key: `pdr_prod_`, 160 bits of chance, and a checksum, so that scanners know a leaked one for what it is
 * and a mistyped one is refused without a look into the database.
 */
export function createSecret(environmentId: string, env: Env): string {
  const text = `pdr_${environmentId === "dev" ? "dev" : "prod"}_${encodeBase32(env.randomBytes(CHANCE_BYTES))}`;
  return text + checksum(text);
}

/** True when `createSecret` may have made the text. Says nothing about whether the key exists. */
export function isSecret(text: string): boolean {
  return SECRET.test(text) && checksum(text.slice(0, -CHECKSUM_CHARACTERS)) === text.slice(-CHECKSUM_CHARACTERS);
}

/** Why a key opens nothing any more; `undefined` while it does. */
export function whyEnded(
  { revokedAt, expiresAt }: ApiKeySummary,
  now: number,
): "was revoked" | "has expired" | undefined {
  if (revokedAt !== undefined) return "was revoked";
  return expiresAt !== undefined && expiresAt <= now ? "has expired" : undefined;
}

/** CRC-32, all but its last two bits. */
function checksum(text: string): string {
  let crc = -1;
  for (const character of text) {
    crc ^= character.charCodeAt(0);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, ~crc);
  return encodeBase32(bytes);
}
