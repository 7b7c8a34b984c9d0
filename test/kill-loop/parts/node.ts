import { startNode as start } from "../../../src/server/node.ts";
import { readSettings } from "../settings.ts";

const A_DAY = 24 * 60 * 60_000;

/** A node with short leases: two nodes on one database wait for those of a dead one to run out. */
export const startNode: typeof start = (options) => {
  const { leaseMs, retentionMs, recordsMs = A_DAY } = readSettings();
  return start({ ...options, leaseMs, recordsMs, ...(retentionMs === undefined ? {} : { retentionMs }) });
};
