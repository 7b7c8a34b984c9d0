import { sql } from "../sql.ts";
import type { At } from "../store.ts";
import type { Statements } from "../verb.ts";
import { blobNamed } from "./values.ts";

/** Counts the blobs that values just written name. On Postgres the row is there already, with the content. */
export function* raiseBlobs({ environmentId, now }: At, values: readonly (Uint8Array | null)[]): Statements<void> {
  for (const [id, { size, count }] of countBlobs(values)) {
    yield sql`
      insert into blobs (environment_id, id, size, refs, created_at) values (${environmentId}, ${id}, ${size}, ${count}, ${now})
      on conflict (environment_id, id) do update set refs = blobs.refs + excluded.refs`;
  }
}

/** Counts the blobs that deleted values named; the ids of those that nothing names any more, whose rows are deleted too. */
export function* lowerBlobs(
  { environmentId }: At,
  values: readonly (Uint8Array | null)[],
): Statements<readonly string[]> {
  const counts = countBlobs(values);
  if (counts.length === 0) return [];
  for (const [id, { count }] of counts) {
    yield sql`update blobs set refs = refs - ${count} where environment_id = ${environmentId} and id = ${id}`;
  }
  const gone = yield sql`
    delete from blobs where environment_id = ${environmentId} and refs <= 0 and id in (${counts.map(([id]) => id)})
    returning id`;
  return gone.map(({ id }) => id as string).sort();
}

function countBlobs(
  values: readonly (Uint8Array | null)[],
): readonly (readonly [string, { size: number; count: number }])[] {
  const counts = new Map<string, { size: number; count: number }>();
  for (const bytes of values) {
    const blob = blobNamed(bytes);
    if (blob !== undefined) counts.set(blob.id, { size: blob.size, count: (counts.get(blob.id)?.count ?? 0) + 1 });
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
