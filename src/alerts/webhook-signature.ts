import { createHmac } from "node:crypto";
import { perdureError } from "../core/errors.ts";

const PREFIX = "whsec_";
/** What the specification allows. */
const SECRET_BYTES = { fewest: 24, most: 64 };

/**
 * The bytes of a secret as the Standard Webhooks specification writes it: `whsec_` and base64.
 *
 * @param variable - Where it was found, for an error; the secret itself is in none.
 * @throws {PerdureError} `VARIABLE_INVALID`.
 */
export function webhookSecret(text: string, variable: string): Uint8Array {
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : "";
  const bytes = Buffer.from(encoded, "base64");
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded);
  if (!isBase64 || bytes.length < SECRET_BYTES.fewest || bytes.length > SECRET_BYTES.most) {
    const problem = `it must be ${PREFIX} and ${SECRET_BYTES.fewest} to ${SECRET_BYTES.most} bytes as base64, such as echo "${PREFIX}$(openssl rand -base64 32)" makes`;
    throw perdureError("VARIABLE_INVALID", { variable, problem });
  }
  return bytes;
}

/** The headers by which a receiver knows who sent this, when, and whether it had it before. */
export function webhookHeaders(
  body: string,
  { id, at, secret }: { readonly id: string; readonly at: number; readonly secret: Uint8Array | undefined },
): Record<string, string> {
  const seconds = String(Math.floor(at / 1_000));
  const headers = { "webhook-id": id, "webhook-timestamp": seconds };
  if (secret === undefined) return headers;
  const signature = createHmac("sha256", secret).update(`${id}.${seconds}.${body}`).digest("base64");
  return { ...headers, "webhook-signature": `v1,${signature}` };
}
