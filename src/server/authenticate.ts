import { createHash, timingSafeEqual } from "node:crypto";
import { whyEnded } from "../core/api-key.ts";
import { isPerdureError, perdureError } from "../core/errors.ts";
import { checkClaims, isSignedWith, readToken } from "../core/public-token.ts";
import type { Engine } from "../engine/index.ts";
import type { Caller, TokenCaller } from "./caller.ts";

/** Anything shorter can be guessed by whoever may ask often enough. */
export const SHORTEST_KEY = 16;

/** Longer than any token with as many scopes as one may have. */
const LONGEST_CREDENTIAL = 64 * 1024;

type Keys = Pick<Engine, "environmentId" | "secretKey" | "keys" | "signingSecret" | "now">;

/** What the header `Authorization: Bearer …` shows; `undefined` for none. */
export function credentialIn(header: string | undefined): string | undefined {
  return /^Bearer\s+(\S.*)$/i.exec(header ?? "")?.[1];
}

/** True of what presents itself as a public token, which may come from pages. */
export function isPublicToken(credential: string): boolean {
  return credential.length <= LONGEST_CREDENTIAL && readToken(credential) !== undefined;
}

/**
 * Who shows this. Takes a time that does not depend on how much of a secret is right.
 *
 * @param requestName - What the client calls this request, the same when it repeats it.
 * @throws {PerdureError} `SECRET_KEY_WRONG`, `SECRET_KEY_ENDED`, `TOKEN_INVALID`, `TOKEN_EXPIRED`.
 */
export async function authenticate(keys: Keys, credential: string, requestName?: string): Promise<Caller> {
  if (isPublicToken(credential)) return authenticateToken(keys, credential, requestName);
  if (keys.secretKey !== undefined && timingSafeEqual(digest(credential), digest(keys.secretKey)))
    return { kind: "root" };
  const key = await keys.keys.findBySecret(credential);
  if (key === undefined) throw perdureError("SECRET_KEY_WRONG");
  const how = whyEnded(key, keys.now());
  if (how !== undefined) throw perdureError("SECRET_KEY_ENDED", { keyId: key.id, how });
  return { kind: "key", keyId: key.id };
}

async function authenticateToken(keys: Keys, token: string, requestName: string | undefined): Promise<TokenCaller> {
  const now = keys.now();
  const checked = checkClaims(readToken(token) ?? {}, { environmentId: keys.environmentId, now });
  if ("problem" in checked) throw perdureError("TOKEN_INVALID", checked);
  const { key: keyId, exp, scopes = [], otu = false } = checked.claims;
  if (!(await isSignedWith(token, await secretOf(keys, keyId))))
    throw perdureError("TOKEN_INVALID", { problem: "it was signed with another key" });
  const expiresAt = exp * 1_000;
  if (expiresAt <= now) throw perdureError("TOKEN_EXPIRED", { at: new Date(expiresAt).toISOString() });
  // Without the signature, which has several spellings: none of them is another token.
  const tokenHash = digest(token.slice(0, token.lastIndexOf("."))).toString("base64url");
  return { kind: "token", tokenHash, keyId, scopes, isSingleUse: otu, expiresAt, requestName };
}

/** A token of a key that is gone or revoked went with it. */
async function secretOf({ signingSecret }: Keys, keyId: string | undefined): Promise<string> {
  try {
    return await signingSecret(keyId);
  } catch (error) {
    if (!isPerdureError(error)) throw error;
    if (error.code === "SECRET_KEY_ENDED") {
      const problem = `the key that signed it ${error.details["how"]}`;
      throw perdureError("TOKEN_INVALID", { problem }, { cause: error });
    }
    if (error.code !== "KEY_NOT_FOUND" && error.code !== "TOKENS_NEED_KEY") throw error;
    throw perdureError("TOKEN_INVALID", { problem: "it was signed with another key" }, { cause: error });
  }
}

/** Equal lengths for any two texts. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
