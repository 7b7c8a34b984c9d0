import { sql } from "../sql.ts";
import type { StoreReads, StoreWrites } from "../store.ts";
import type { Row, Statements } from "../verb.ts";

export function* pauseEnvironment({
  environmentId,
  now,
}: Parameters<StoreWrites["pauseEnvironment"]>[0]): Statements<{ pausedAt: number }> {
  const [row] = yield sql`
    insert into environments (environment_id, paused_at) values (${environmentId}, ${now})
    on conflict (environment_id) do update set paused_at = coalesce(environments.paused_at, excluded.paused_at)
    returning paused_at`;
  return { pausedAt: (row as Row)["paused_at"] as number };
}

export function* resumeEnvironment({
  environmentId,
}: Parameters<StoreWrites["resumeEnvironment"]>[0]): Statements<Record<string, never>> {
  yield sql`update environments set paused_at = null where environment_id = ${environmentId}`;
  return {};
}

export function* noteCheck({
  environmentId,
  now,
}: Parameters<StoreWrites["noteCheck"]>[0]): Statements<{ checkedAt: number }> {
  yield sql`
    insert into environments (environment_id, checked_at) values (${environmentId}, ${now})
    on conflict (environment_id) do update set checked_at = excluded.checked_at`;
  return { checkedAt: now };
}

export function* findEnvironment({
  environmentId,
}: Parameters<StoreReads["findEnvironment"]>[0]): Statements<{ pausedAt?: number }> {
  const [row] = yield sql`select paused_at from environments where environment_id = ${environmentId}`;
  const pausedAt = row?.["paused_at"];
  return typeof pausedAt === "number" ? { pausedAt } : {};
}
