import { createHmac, timingSafeEqual } from "node:crypto";
import { perdureError } from "../../core/errors.ts";

/** How long an address of a value is good: time to upload 10 MB over a slow line. */
export const LINK_MINUTES = 15;

interface Signing {
  readonly key: Uint8Array;
  readonly environmentId: string;
  readonly now: number;
}

type Method = "GET" | "PUT";

/** The path with what shows that we gave it out for this method: whoever has it needs no key. */
export function signPath(method: Method, path: string, signing: Signing): string {
  const expires = signing.now + LINK_MINUTES * 60_000;
  return `${path}?expires=${expires}&signature=${signatureOf(method, path, expires, signing)}`;
}

/** @throws {PerdureError} `PACKET_LINK_INVALID`. */
export function checkSignature(method: Method, path: string, query: URLSearchParams, signing: Signing): void {
  const expires = Number(query.get("expires"));
  const given = Buffer.from(query.get("signature") ?? "");
  const expected = Buffer.from(signatureOf(method, path, expires, signing));
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw perdureError("PACKET_LINK_INVALID", { problem: "its signature is not ours" });
  if (signing.now > expires) throw perdureError("PACKET_LINK_INVALID", { problem: "its time has passed" });
}

function signatureOf(method: Method, path: string, expires: number, { key, environmentId }: Signing): string {
  return createHmac("sha256", key).update(`${method}\n${environmentId}\n${path}\n${expires}`).digest("base64url");
}
