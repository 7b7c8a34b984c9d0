import { createHmac, timingSafeEqual } from "node:crypto";
import { perdureError } from "../core/errors.ts";
import { createId } from "../core/ids.ts";
import { LIMITS } from "../core/limits.ts";
import type { TriggerRequest } from "../core/trigger-request.ts";
import type { EngineDeps } from "./deps.ts";

const MAC_CHARACTERS = 22;

/** Values that come before their runs. */
export function packetCalls(deps: EngineDeps) {
  return {
    /** To sign addresses with, the same on every node of an installation. */
    get signingKey(): Uint8Array {
      return deps.store.packets.signingKey;
    },
    create: () => createPacket(deps),
    put: (packet: string, parts: AsyncIterable<string>) => putPacket(deps, packet, parts),
    read: (packet: string) => readPacket(deps, packet),
  };
}

/** A name for a value to come. It says that we gave it out in this environment, so that nobody can name a value of another. */
function createPacket(deps: EngineDeps): string {
  const blobId = createId("blob", deps.env);
  return `${blobId}.${macOf(deps, blobId)}`;
}

/**
 * Takes the encoded value while it comes in, without looking into it. One that is there stays as it is.
 *
 * @throws {PerdureError} `PACKET_NOT_FOUND` for a name that we did not give out, `VALUE_TOO_LARGE`; nothing is left then.
 */
function putPacket(deps: EngineDeps, packet: string, parts: AsyncIterable<string>): Promise<void> {
  return deps.store.packets.put(placeOf(deps, packet), parts, LIMITS.valueCharacters);
}

/** @throws {PerdureError} `PACKET_NOT_FOUND`. */
async function readPacket(deps: EngineDeps, packet: string): Promise<string> {
  const text = await deps.store.packets.read(placeOf(deps, packet));
  if (text === undefined) throw perdureError("PACKET_NOT_FOUND", { packet });
  return text;
}

/**
 * The requests with what stands for the values that they name.
 *
 * @throws {PerdureError} `PACKET_NOT_FOUND`.
 */
export function withPackets<Request extends TriggerRequest>(
  deps: EngineDeps,
  requests: readonly Request[],
): Promise<readonly Request[]> {
  return Promise.all(
    requests.map(async ({ packet, ...request }) => {
      if (packet === undefined) return request as unknown as Request;
      const payload = await deps.store.packets.keep(placeOf(deps, packet));
      if (payload === undefined) throw perdureError("PACKET_NOT_FOUND", { packet });
      return { ...request, payload } as unknown as Request;
    }),
  );
}

function placeOf(deps: EngineDeps, packet: string) {
  const [blobId = "", mac = ""] = packet.split(".");
  const expected = Buffer.from(macOf(deps, blobId));
  const given = Buffer.from(mac);
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw perdureError("PACKET_NOT_FOUND", { packet });
  return { environmentId: deps.environmentId, blobId };
}

function macOf({ store, environmentId }: EngineDeps, blobId: string): string {
  const mac = createHmac("sha256", store.packets.signingKey).update(`packet\n${environmentId}\n${blobId}`);
  return mac.digest("base64url").slice(0, MAC_CHARACTERS);
}
