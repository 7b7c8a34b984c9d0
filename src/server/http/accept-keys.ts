import { z } from "zod";
import type { ApiKeySummary } from "../../core/api-key.ts";
import { defined } from "../../core/defined.ts";
import { type Duration, parseInstant } from "../../core/duration.ts";
import type { KeyRequest, PublicTokenRequest } from "../../protocol/client-calls.ts";
import { accept } from "../../protocol/index.ts";

/** A span, a date, or epoch seconds. */
const expirationTime = z.union([z.string(), z.number()]).optional();
const tokenBody = z.strictObject({
  scopes: z.array(z.string()),
  expirationTime,
  oneTimeUse: z.boolean().optional(),
});
const keyBody = z.strictObject({ name: z.string(), expirationTime });

/** @throws {PerdureError} `OPTION_UNSUPPORTED`, `OPTION_INVALID`, `DURATION_INVALID`. */
export function acceptPublicToken(body: unknown, now: number): PublicTokenRequest {
  const { scopes, oneTimeUse, expirationTime: end } = accept("auth.createPublicToken", tokenBody, body);
  return { scopes, ...defined({ isSingleUse: oneTimeUse, expiresAt: instantOf(end, now) }) };
}

/** @throws {PerdureError} `OPTION_UNSUPPORTED`, `OPTION_INVALID`, `DURATION_INVALID`. */
export function acceptKey(body: unknown, now: number): Omit<KeyRequest, "keyId"> {
  const { name, expirationTime: end } = accept("keys.create", keyBody, body);
  return { name, ...defined({ expiresAt: instantOf(end, now) }) };
}

function instantOf(given: string | number | undefined, now: number): number | undefined {
  if (given === undefined) return undefined;
  return typeof given === "number" ? given * 1_000 : parseInstant(given as Duration, now, "expirationTime");
}

/** A key for people: dates as ISO text. */
export function presentKey({ id, name, lastFour, ...instants }: ApiKeySummary): object {
  const dates = Object.entries(instants).map(([field, at]) => [field, new Date(at).toISOString()]);
  return { id, name, lastFour, ...Object.fromEntries(dates) };
}
