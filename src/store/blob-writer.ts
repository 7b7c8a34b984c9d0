import { open, rename, stat, unlink, utimes } from "node:fs/promises";
import type { Env } from "../core/env.ts";
import type { ShelfWriter } from "./blobs.ts";
import { HEAD_BYTES } from "./seal.ts";

/**
 * A file that is written while its content comes in, under another name until it is whole. Its head is known last and stands
 * first.
 */
export async function openBlobWriter(
  path: string,
  { temporary, sync }: { readonly temporary: string; readonly sync: () => Promise<void> },
): Promise<ShelfWriter> {
  const file = await open(temporary, "wx", 0o600);
  let position = HEAD_BYTES;
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  };
  return {
    async write(bytes) {
      await writeAll(file, bytes, position);
      position += bytes.length;
    },
    async end(head) {
      await writeAll(file, head, 0);
      await file.sync();
      await close();
      await rename(temporary, path);
      await sync();
    },
    async abort() {
      await close().catch(() => undefined);
      await unlink(temporary).catch(() => undefined);
    },
  };
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; )
    written += (await file.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
}

/** The bytes of what is sealed in a file, which are no fewer than its characters; from now on it counts as young. */
export async function touchBlob(path: string, env: Env): Promise<number | undefined> {
  try {
    const now = new Date(env.now());
    await utimes(path, now, now);
    return (await stat(path)).size - HEAD_BYTES;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Keeps what comes in until it is whole, for shelves that take a value in one piece. */
export function gatherBytes(put: (sealed: Uint8Array, characters: number) => Promise<void>): ShelfWriter {
  const parts: Uint8Array[] = [];
  return {
    async write(bytes) {
      parts.push(bytes);
    },
    end: (head, characters) => put(Buffer.concat([head, ...parts]), characters),
    async abort() {
      parts.length = 0;
    },
  };
}
