import { statfsSync } from "node:fs";
import { dirname } from "node:path";

/** Linux's numbers for NFS, SMB in its three generations, AFS and Ceph. */
const NETWORK_TYPES: ReadonlySet<number> = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x5346414f, 0x00c36400]);

/** True where it is known; other systems number their file systems otherwise. */
export function isOnNetwork(path: string): boolean {
  return process.platform === "linux" && NETWORK_TYPES.has(statfsSync(dirname(path)).type);
}
