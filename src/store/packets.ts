/**
 * Long values that come before the run that has them. Their bytes are sealed while they come in and lie where other long values
 * lie, under a name that was given out before; nothing counts them until a run names them, and what nobody names is swept
 * like anything else without a name.
 */
import { createHmac } from "node:crypto";
import { perdureError } from "../core/errors.ts";
import type { Shelf } from "./blobs.ts";
import type { StreamSeal } from "./seal.ts";
import { REFERENCE_PREFIX } from "./store.ts";

export interface Packets {
  /** To sign names and addresses of packets with: derived from the installation's key, and so the same on every node. */
  readonly signingKey: Uint8Array;
  /**
   * Takes an encoded value while it comes in, no character of it cut in two; nothing of it is left when that fails. A packet that is
   * there stays as it is.
   *
   * @throws {PerdureError} `VALUE_TOO_LARGE`, `DISK_FULL`, `STORE_UNAVAILABLE`, and whatever `parts` throws.
   */
  put(packet: PacketName, parts: AsyncIterable<string>, limit: number): Promise<void>;
  /** What stands for the value in a new run; `undefined` when there is none. It is safe from the sweep for another hour. */
  keep(packet: PacketName): Promise<string | undefined>;
  /** The value. */
  read(packet: PacketName): Promise<string | undefined>;
}

export interface PacketName {
  readonly environmentId: string;
  readonly blobId: string;
}

export function createPackets({
  shelf,
  seal,
  key,
}: {
  readonly shelf: Shelf;
  readonly seal: StreamSeal;
  readonly key: Uint8Array;
}): Packets {
  return { signingKey: createHmac("sha256", key).update("perdure packets").digest(), put, keep, read };

  async function put(packet: PacketName, parts: AsyncIterable<string>, limit: number): Promise<void> {
    if ((await shelf.keep(packet)) !== undefined) return;
    const writer = await shelf.write(packet);
    const closing = seal.closeStream();
    try {
      let characters = 0;
      for await (const part of parts) {
        characters += part.length;
        if (characters > limit)
          throw perdureError("VALUE_TOO_LARGE", { what: "The packet", size: `more than ${limit}`, limit });
        await writer.write(closing.update(part));
      }
      await writer.end(closing.head(), characters);
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  async function keep(packet: PacketName): Promise<string | undefined> {
    const size = await shelf.keep(packet);
    return size === undefined ? undefined : `${REFERENCE_PREFIX}${packet.blobId}:${size}`;
  }

  async function read({ environmentId, blobId }: PacketName): Promise<string | undefined> {
    const sealed = await shelf.find(environmentId, blobId);
    return sealed && seal.open(sealed);
  }
}
