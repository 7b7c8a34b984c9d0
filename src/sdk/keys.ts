import type { ApiKeySummary } from "../core/api-key.ts";
import { type Duration, parseDuration } from "../core/duration.ts";
import { type Client, defaultClient } from "./host.ts";

/** A secret key, without what it consists of. */
export interface SecretKey {
  readonly id: string;
  readonly name: string;
  /** By which people tell one from another. */
  readonly lastFour: string;
  readonly createdAt: Date;
  /** To the hour. */
  readonly lastUsedAt: Date | undefined;
  readonly revokedAt: Date | undefined;
  readonly expiresAt: Date | undefined;
}

/** One that was just made: `secret` is shown here and never again. */
export interface NewSecretKey extends SecretKey {
  readonly secret: string;
}

export interface CreateKeyOptions {
  /** Who has it, or what it is for. */
  name: string;
  /** How long it opens anything. Default: until it is revoked. */
  expiresIn?: Duration;
}

export type Keys = ReturnType<typeof createKeys>;

/** Secret keys beside the one with which the server was started. Only whoever has that one makes, sees and revokes others. */
export function createKeys(client: () => Client) {
  return {
    /** @throws {PerdureError} `OPTION_INVALID`, `DURATION_INVALID`, `KEYS_TOO_MANY`, `ROOT_KEY_NEEDED`. */
    async create({ name, expiresIn }: CreateKeyOptions): Promise<NewSecretKey> {
      const { calls, newId } = client();
      const end = expiresIn === undefined ? {} : { ttlMs: parseDuration(expiresIn, "expiresIn") };
      const { key, secret } = await calls.createKey({ keyId: newId("key"), name, ...end });
      return { ...toSecretKey(key), secret };
    },
    /** Newest first, those that are revoked too. @throws {PerdureError} `ROOT_KEY_NEEDED`. */
    async list(): Promise<readonly SecretKey[]> {
      return (await client().calls.listKeys({})).keys.map(toSecretKey);
    },
    /** Ends a key and all tokens that were signed with it. @throws {PerdureError} `KEY_NOT_FOUND`, `ROOT_KEY_NEEDED`. */
    async revoke(key: string | { readonly id: string }): Promise<SecretKey> {
      const keyId = typeof key === "string" ? key : key.id;
      return toSecretKey((await client().calls.revokeKey({ keyId })).key);
    },
  };
}

/** Of the one instance that was started in this process, or the one that was configured; `perdure.keys` are those of a particular one. */
export const keys: Keys = createKeys(() => defaultClient("keys"));

function toSecretKey({ id, name, lastFour, createdAt, lastUsedAt, revokedAt, expiresAt }: ApiKeySummary): SecretKey {
  return {
    id,
    name,
    lastFour,
    createdAt: new Date(createdAt),
    lastUsedAt: dateOf(lastUsedAt),
    revokedAt: dateOf(revokedAt),
    expiresAt: dateOf(expiresAt),
  };
}

function dateOf(instant: number | undefined): Date | undefined {
  return instant === undefined ? undefined : new Date(instant);
}
