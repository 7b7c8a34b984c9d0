import { createHash, timingSafeEqual } from "node:crypto";
import { perdureError } from "../core/errors.ts";

/** Anything shorter can be guessed by whoever may ask often enough. */
export const SHORTEST_KEY = 16;

/**
 * Checks the header `Authorization: Bearer <secret key>`, in a time that does not depend on how much of the key is right.
 *
 * @throws {PerdureError} `SECRET_KEY_MISSING`, `SECRET_KEY_WRONG`.
 */
export function authenticate(header: string | undefined, secretKey: string): void {
  const given = /^Bearer\s+(\S.*)$/i.exec(header ?? "")?.[1];
  if (given === undefined) throw perdureError("SECRET_KEY_MISSING");
  if (!timingSafeEqual(digest(given), digest(secretKey))) throw perdureError("SECRET_KEY_WRONG");
}

/** Equal lengths for any two keys. */
function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
