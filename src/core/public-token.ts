/**
 * Public tokens: what a server hands to a page so that it may do one thing for a while. A JSON Web Token (RFC 7519), signed with
 * HMAC-SHA-256 and the text of a secret key, in the form that Trigger.dev's SDK signs by itself.
 */
import { fromBase64Url, toBase64Url } from "./base64url.ts";

export interface TokenClaims {
  /** The environment. */
  readonly sub: string;
  /** Marks a public token; every one has it. */
  readonly pub: true;
  /** Id of the key that it is signed with; absent for the key with which the server was started. */
  readonly key?: string;
  readonly scopes?: readonly string[];
  /** It may trigger once. */
  readonly otu?: boolean;
  /** Epoch seconds. */
  readonly exp: number;
}

/** Fixed in Trigger.dev's SDK. Nobody is asked there. */
const ISSUER = "https://id.trigger.dev";
const AUDIENCE = "https://api.trigger.dev";
const ALGORITHM = { name: "HMAC", hash: "SHA-256" };
/** By which the clocks of whoever signs and of whoever checks may differ. An end is not put off by it. */
const LEEWAY_MS = 60_000;
const encoder = new TextEncoder();

export async function signToken(claims: TokenClaims, secret: string): Promise<string> {
  const parts = [
    { alg: "HS256", typ: "JWT" },
    { ...claims, iss: ISSUER, aud: AUDIENCE },
  ];
  const signed = parts.map((part) => toBase64Url(encoder.encode(JSON.stringify(part)))).join(".");
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), ALGORITHM, false, ["sign"]);
  return `${signed}.${toBase64Url(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(signed))))}`;
}

/** What a text says that presents itself as a public token, true or not; `undefined` when it is something else. */
export function readToken(token: string): Readonly<Record<string, unknown>> | undefined {
  const parts = token.split(".");
  const claims = parts.length === 3 ? parsePart(parts[1] as string) : undefined;
  return claims?.["pub"] === true ? claims : undefined;
}

/** True when it was signed with this secret and no other algorithm than ours. Takes the same time for any signature. */
export async function isSignedWith(token: string, secret: string): Promise<boolean> {
  const [header, , signature = ""] = token.split(".");
  const { alg, crit } = parsePart(header as string) ?? {};
  const bytes = fromBase64Url(signature);
  if (alg !== "HS256" || crit !== undefined || bytes === undefined) return false;
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), ALGORITHM, false, ["verify"]);
  return crypto.subtle.verify("HMAC", key, bytes, encoder.encode(token.slice(0, token.lastIndexOf("."))));
}

/** The claims of a token of this environment, or what is wrong with them. Whether it has expired is another question. */
export function checkClaims(
  claims: Readonly<Record<string, unknown>>,
  { environmentId, now }: { readonly environmentId: string; readonly now: number },
): { readonly claims: TokenClaims } | { readonly problem: string } {
  const { iss, aud, sub, exp, nbf, key, scopes = [], otu = false } = claims;
  if (iss !== ISSUER || aud !== AUDIENCE) return { problem: "it was made for something else (iss, aud)" };
  if (sub !== environmentId) return { problem: "it is of another environment (sub)" };
  if (typeof exp !== "number" || !Number.isFinite(exp)) return { problem: "it does not say when it ends (exp)" };
  if (nbf !== undefined && !(typeof nbf === "number" && nbf * 1_000 <= now + LEEWAY_MS))
    return { problem: "its time has not come (nbf)" };
  if (key !== undefined && typeof key !== "string") return { problem: "its key is no id" };
  if (typeof otu !== "boolean") return { problem: "otu is neither true nor false" };
  if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === "string"))
    return { problem: "its scopes are no list of texts" };
  return { claims: { sub: environmentId, pub: true, exp, otu, scopes, ...(key === undefined ? {} : { key }) } };
}

function parsePart(part: string): Record<string, unknown> | undefined {
  const bytes = fromBase64Url(part);
  if (bytes === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
