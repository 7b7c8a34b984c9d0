import type { KeyWrites } from "../key-verbs.ts";
import { skipLocked, sql } from "../sql.ts";
import type { Refused } from "../store.ts";
import type { Statements } from "../verb.ts";

type Params<Name extends keyof KeyWrites> = Parameters<KeyWrites[Name]>[0];

/** After this an expired token cannot be taken for a valid one, whatever clocks it was made and checked by. */
const KEPT_MS = 24 * 60 * 60 * 1_000;
const FORGOTTEN_AT_ONCE = 100;

export function* useToken(
  params: Params<"useToken">,
): Statements<{ readonly runIds: readonly string[] } | Refused<"used-before">> {
  const { environmentId, now, tokenHash, use, runIds, expiresAt } = params;
  yield sql`
    with old as materialized (
      select token_hash from used_tokens where environment_id = ${environmentId} and expires_at < ${now - KEPT_MS}
      order by expires_at limit 0 + ${FORGOTTEN_AT_ONCE} ${skipLocked})
    delete from used_tokens where environment_id = ${environmentId} and token_hash in (select token_hash from old)`;
  // A row that another transaction has just written is waited for: of two requests at once one is refused.
  yield sql`
    insert into used_tokens (environment_id, token_hash, used_for, run_ids, expires_at)
    values (${environmentId}, ${tokenHash}, ${use}, ${JSON.stringify(runIds)}, ${expiresAt})
    on conflict (environment_id, token_hash) do nothing`;
  const [row] = yield sql`
    select used_for, run_ids from used_tokens where environment_id = ${environmentId} and token_hash = ${tokenHash}`;
  if (row?.["used_for"] !== use) return { refused: "used-before" };
  return { runIds: JSON.parse(row["run_ids"] as string) as readonly string[] };
}
