import { startNode as start } from "../../../src/server/node.ts";
import { readSettings } from "../settings.ts";

/** A node with short leases: two nodes on one database wait for those of a dead one to run out. */
export const startNode: typeof start = (options) => {
  const { leaseMs, retentionMs } = readSettings();
  return start({ ...options, leaseMs, ...(retentionMs === undefined ? {} : { retentionMs }) });
};
