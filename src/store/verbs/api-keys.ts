import { createHash } from "node:crypto";
import type { ApiKey, ApiKeySummary } from "../../core/api-key.ts";
import type { KeyReads, KeyWrites } from "../key-verbs.ts";
import { literal } from "../literals.ts";
import { sql } from "../sql.ts";
import type { Refused } from "../store.ts";
import type { Row, Statements, VerbContext } from "../verb.ts";
import { toApiKey } from "./records.ts";
import { toBytes } from "./values.ts";

type Params<Name extends keyof KeyWrites> = Parameters<KeyWrites[Name]>[0];

export function* createApiKey(params: Params<"createApiKey">, { seal }: VerbContext): Statements<ApiKey> {
  const { environmentId, now, id, name, secret, lastFour, expiresAt } = params;
  yield sql`
    insert into api_keys (environment_id, id, name, secret, secret_hash, last_four, created_at, expires_at)
    values (${environmentId}, ${id}, ${name}, ${toBytes(secret, seal)}, ${hashOf(secret)}, ${lastFour}, ${now}, ${expiresAt})
    on conflict (environment_id, id) do nothing`;
  const [row] = yield sql`select * from api_keys where environment_id = ${environmentId} and id = ${id}`;
  return toApiKey(row as Row, seal);
}

export function* revokeApiKey(
  { environmentId, now, keyId }: Params<"revokeApiKey">,
  { seal }: VerbContext,
): Statements<ApiKeySummary | Refused<"not-found">> {
  const [row] = yield sql`
    update api_keys set revoked_at = coalesce(revoked_at, ${now}) where environment_id = ${environmentId} and id = ${keyId}
    returning ${SUMMARY}`;
  return row === undefined ? { refused: "not-found" } : toApiKey(row, seal);
}

export function* noteKeyUse({ environmentId, now, keyId }: Params<"noteKeyUse">): Statements<Record<string, never>> {
  yield sql`update api_keys set last_used_at = ${now} where environment_id = ${environmentId} and id = ${keyId}`;
  return {};
}

export function* findApiKey(
  { environmentId, keyId }: Parameters<KeyReads["findApiKey"]>[0],
  { seal }: VerbContext,
): Statements<ApiKey | undefined> {
  const [row] = yield sql`select * from api_keys where environment_id = ${environmentId} and id = ${keyId}`;
  return row && toApiKey(row, seal);
}

export function* findApiKeyBySecret(
  { environmentId, secret }: Parameters<KeyReads["findApiKeyBySecret"]>[0],
  { seal }: VerbContext,
): Statements<ApiKey | undefined> {
  const [row] = yield sql`
    select * from api_keys where environment_id = ${environmentId} and secret_hash = ${hashOf(secret)}`;
  return row && toApiKey(row, seal);
}

export function* listApiKeys(
  { environmentId, limit }: Parameters<KeyReads["listApiKeys"]>[0],
  { seal }: VerbContext,
): Statements<readonly ApiKeySummary[]> {
  const found = yield sql`
    select ${SUMMARY} from api_keys where environment_id = ${environmentId}
    order by created_at desc, id desc limit 0 + ${limit}`;
  return found.map((row) => toApiKey(row, seal));
}

/** Everything but the secret. */
const SUMMARY = literal("id, name, last_four, created_at, last_used_at, revoked_at, expires_at");

/** Plain: a secret has 160 bits of chance, so nobody finds it by trying. */
function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
