import { mkdir, open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Env } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import { ORPHAN_AGE_MS } from "./blob-sweeper.ts";
import { openBlobWriter, touchBlob } from "./blob-writer.ts";
import type { Blob, BlobName, Shelf, ShelfWriter } from "./blobs.ts";
import { problemOf } from "./sqlite-errors.ts";

const TEMPORARY = ".tmp";
const SWEPT_AT_ONCE = 500;

/**
 * Blobs as files of the folder `<database>.blobs`.
 *
 * @param listKnown - Answers which of these ids have a row.
 */
export function openBlobFolder(
  databasePath: string,
  env: Env,
  listKnown: (ids: readonly string[]) => ReadonlySet<string>,
): Shelf {
  const folder = `${databasePath}.blobs`;
  let made: Promise<void> | undefined;
  return { put, find, write, keep, delete: remove, sweep };

  /** Under another name first, and the name durable as well as the bytes: whoever can see the file can read all of it. */
  async function put({ id, sealed }: Blob): Promise<void> {
    const temporary = join(folder, `${id}${TEMPORARY}`);
    try {
      await makeFolder();
      await writeDurably(temporary, sealed);
      await rename(temporary, join(folder, id));
      await syncFolder(folder);
    } catch (error) {
      await unlink(temporary).catch(() => undefined);
      throw putError(error, databasePath);
    }
  }

  /** Each under a name of its own until it is whole: a client that heard nothing may send it a second time meanwhile. */
  async function write({ blobId }: BlobName): Promise<ShelfWriter> {
    const path = join(folder, blobId);
    const temporary = `${path}.${Buffer.from(env.randomBytes(6)).toString("hex")}${TEMPORARY}`;
    const guard = <Result>(work: () => Promise<Result>) =>
      work().catch((error: unknown) => {
        throw putError(error, databasePath);
      });
    await makeFolder();
    const writer = await guard(() => openBlobWriter(path, { temporary, sync: () => syncFolder(folder) }));
    return {
      write: (bytes) => guard(() => writer.write(bytes)),
      end: (head, characters) => guard(() => writer.end(head, characters)),
      abort: writer.abort,
    };
  }

  function keep({ blobId }: BlobName): Promise<number | undefined> {
    return touchBlob(join(folder, blobId), env);
  }

  function makeFolder(): Promise<void> {
    made ??= mkdir(folder, { recursive: true, mode: 0o700 }).then(() => syncFolder(dirname(folder)));
    made.catch(() => {
      made = undefined;
    });
    return made;
  }

  async function find(_: string, blobId: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(folder, blobId));
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw perdureError("STORE_UNAVAILABLE", { problem: problemOf(error) }, { cause: error });
    }
  }

  /** What cannot be deleted now has no row any more, so the next sweep takes it. */
  async function remove(blobIds: readonly string[]): Promise<void> {
    for (const blobId of blobIds) await unlink(join(folder, blobId)).catch(() => undefined);
  }

  async function sweep(signal: AbortSignal): Promise<void> {
    const names = await readdir(folder).catch(() => []);
    for (let start = 0; start < names.length && !signal.aborted; start += SWEPT_AT_ONCE) {
      const old = await keepOld(names.slice(start, start + SWEPT_AT_ONCE));
      if (signal.aborted) return;
      const known = listKnown(old);
      await remove(old.filter((name) => !known.has(name)));
    }
  }

  async function keepOld(names: readonly string[]): Promise<readonly string[]> {
    const youngest = env.now() - ORPHAN_AGE_MS;
    const old: string[] = [];
    for (const name of names) {
      const file = await stat(join(folder, name)).catch(() => undefined);
      if (file !== undefined && file.mtimeMs < youngest) old.push(name);
    }
    return old;
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Windows cannot open a folder and makes names durable by itself. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function putError(error: unknown, path: string): Error {
  if (codeOf(error) === "ENOSPC") return perdureError("DISK_FULL", { path }, { cause: error });
  return perdureError("STORE_UNAVAILABLE", { problem: problemOf(error) }, { cause: error });
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}
