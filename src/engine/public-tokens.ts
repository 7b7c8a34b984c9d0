import { whyEnded } from "../core/api-key.ts";
import { toBase64Url } from "../core/base64url.ts";
import { perdureError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { signToken } from "../core/public-token.ts";
import { at, type EngineDeps } from "./deps.ts";
import type { KeyRing } from "./key-ring.ts";

export interface CreatePublicToken {
  readonly scopes: readonly string[];
  /** From now, or an instant; one of both. Default: 15 minutes. */
  readonly ttlMs?: number;
  readonly expiresAt?: number;
  /** It may trigger once. */
  readonly isSingleUse?: boolean;
}

/** One use of a token that may be used once. */
export interface TokenUse {
  readonly tokenHash: string;
  /** Names the request, so that a repeat of it is told from another. */
  readonly use: string;
  readonly runIds: readonly string[];
  readonly expiresAt: number;
}

const TTL_MS = 15 * 60 * 1_000;
const CHANCE_BYTES = 12;

/** What signs and checks public tokens. */
export interface TokenDeps extends EngineDeps {
  readonly keys: KeyRing;
  /** The key with which the server was started. */
  readonly secretKey: string | undefined;
}

/**
 * Signs a token with the key that asks for it, so that revoking the key ends its tokens too.
 *
 * @param keyId - Absent: the key with which the server was started.
 * @throws {PerdureError} `OPTION_INVALID`, `TOKENS_NEED_KEY`, `SECRET_KEY_ENDED`.
 */
export async function createPublicToken(deps: TokenDeps, input: CreatePublicToken, keyId?: string): Promise<string> {
  const now = deps.store.now();
  const { scopes, ttlMs = TTL_MS, expiresAt = now + ttlMs, isSingleUse = false } = input;
  if (expiresAt <= now || expiresAt > now + LIMITS.publicTokenMs) {
    const problem = "it must end in the future, and within 30 days";
    throw perdureError("OPTION_INVALID", { what: "The public token", problem });
  }
  const claims = {
    sub: deps.environmentId,
    pub: true,
    scopes,
    exp: Math.floor(expiresAt / 1_000),
    iat: Math.floor(now / 1_000),
    // Two tokens of one second are two: using one must not use up the other.
    jti: toBase64Url(deps.env.randomBytes(CHANCE_BYTES)),
    ...(keyId === undefined ? {} : { key: keyId }),
    ...(isSingleUse ? { otu: true } : {}),
  } as const;
  return signToken(claims, await signingSecret(deps, keyId));
}

/**
 * What the tokens of a key are signed with.
 *
 * @throws {PerdureError} `TOKENS_NEED_KEY`, `KEY_NOT_FOUND`, `SECRET_KEY_ENDED`.
 */
export async function signingSecret({ keys, secretKey, store }: TokenDeps, keyId?: string): Promise<string> {
  if (keyId === undefined) {
    if (secretKey === undefined) throw perdureError("TOKENS_NEED_KEY");
    return secretKey;
  }
  const key = await keys.findById(keyId);
  if (key === undefined) throw perdureError("KEY_NOT_FOUND", { keyId });
  const how = whyEnded(key, store.now());
  if (how !== undefined) throw perdureError("SECRET_KEY_ENDED", { keyId, how });
  return key.secret;
}

/**
 * Uses a token up.
 *
 * @returns The ids of the runs it is used for: those of the first sending, when this is a repeat.
 * @throws {PerdureError} `TOKEN_USED`.
 */
export async function useToken(deps: EngineDeps, use: TokenUse): Promise<readonly string[]> {
  const answer = await deps.store.useToken({ ...at(deps), ...use });
  if ("refused" in answer) throw perdureError("TOKEN_USED");
  return answer.runIds;
}
