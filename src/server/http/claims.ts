import { perdureError } from "../../core/errors.ts";
import type { Caller } from "../caller.ts";

/** The claims with which the SDK of Trigger.dev makes a token by itself: it adds scopes and an end, and signs with its key. */
export function claimsOf(caller: Caller, environmentId: string): object {
  return { sub: environmentId, pub: true, ...(caller.kind === "key" ? { key: caller.keyId } : {}) };
}

/** @throws {PerdureError} `SCOPE_MISSING` for a token, which signs nothing. */
export function answerClaims(caller: Caller, environmentId: string): object {
  if (caller.kind === "token") throw perdureError("SCOPE_MISSING", { call: "jwt/claims", needed: "a secret key" });
  return claimsOf(caller, environmentId);
}
