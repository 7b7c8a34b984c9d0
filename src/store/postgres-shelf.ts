import type { Pool } from "pg";
import { ORPHAN_AGE_MS } from "./blob-sweeper.ts";
import { gatherBytes } from "./blob-writer.ts";
import type { Blob, BlobName, Shelf } from "./blobs.ts";
import { onPool } from "./postgres-pool.ts";
import { sql } from "./sql.ts";
import type { Statements } from "./verb.ts";

/** Long values in the table that counts them, so that a backup of the database is a backup of everything. */
export function createTableShelf(pool: Pool, path: string, now: () => number): Shelf {
  const run = <Result>(statements: Statements<Result>) => onPool(pool, path, statements);
  return {
    put: (blob) => run(insertBlob(blob, now())),
    find: (environmentId, blobId) => run(findContent(environmentId, blobId)),
    write: async ({ environmentId, blobId: id }) =>
      gatherBytes((sealed, characters) => run(insertBlob({ environmentId, id, characters, sealed }, now()))),
    keep: (name) => run(touch(name, now())),
    // The verb that let go of the last reference deleted the row, and the bytes with it.
    delete: async () => undefined,
    sweep: () => run(deleteOrphans(now() - ORPHAN_AGE_MS)),
  };
}

/** Without a reference as yet: the verb that names it adds the first. */
function* insertBlob({ environmentId, id, characters, sealed }: Blob, now: number): Statements<void> {
  yield sql`insert into blobs (environment_id, id, size, refs, content, created_at) values (${environmentId}, ${id}, ${characters}, ${0}, ${sealed}, ${now})
    on conflict do nothing`;
}

/** Of writes that were refused, or whose node died before it could name them. */
function* deleteOrphans(before: number): Statements<void> {
  yield sql`delete from blobs where refs = 0 and created_at < ${before}`;
}

function* touch({ environmentId, blobId }: BlobName, now: number): Statements<number | undefined> {
  const [row] = yield sql`
    update blobs set created_at = ${now} where environment_id = ${environmentId} and id = ${blobId} returning size`;
  return row === undefined ? undefined : (row["size"] as number);
}

function* findContent(environmentId: string, blobId: string): Statements<Uint8Array | undefined> {
  const [row] = yield sql`select content from blobs where environment_id = ${environmentId} and id = ${blobId}`;
  return row === undefined ? undefined : (row["content"] as Uint8Array);
}
