import type { ApiKey, ApiKeySummary } from "../core/api-key.ts";
import type { At, Refused } from "./store.ts";

export type KeyRefusal = "used-before";

/** Verbs about who may ask: secret keys, and public tokens that may be used once. */
export interface KeyWrites {
  /** Makes a key. A repeat with its id answers the key as it is. */
  createApiKey(
    params: At & {
      readonly id: string;
      readonly name: string;
      readonly secret: string;
      readonly lastFour: string;
      readonly expiresAt?: number;
    },
  ): ApiKey;
  /** For good: a key that is revoked stays as it was the first time. */
  revokeApiKey(params: At & { readonly keyId: string }): ApiKeySummary | Refused<"not-found">;
  noteKeyUse(params: At & { readonly keyId: string }): Record<string, never>;
  /**
   * Uses up a token that may be used once, for the runs of one request. A repeat of that request, known by `use`, gets the ids
   * that it brought the first time; any other is refused. What expired more than a day ago is forgotten by and by.
   */
  useToken(
    params: At & {
      readonly tokenHash: string;
      readonly use: string;
      readonly runIds: readonly string[];
      readonly expiresAt: number;
    },
  ): { readonly runIds: readonly string[] } | Refused<KeyRefusal>;
}

export interface KeyReads {
  findApiKey(params: { readonly environmentId: string; readonly keyId: string }): ApiKey | undefined;
  /** By a hash of it, so that how long it takes tells nothing about the secrets there are. */
  findApiKeyBySecret(params: { readonly environmentId: string; readonly secret: string }): ApiKey | undefined;
  /** Newest first. */
  listApiKeys(params: { readonly environmentId: string; readonly limit: number }): readonly ApiKeySummary[];
}
