/**
 * Ready runs by their version: the workers of an older one, which are kept while it has any open run, would otherwise read the
 * whole backlog of the latest to find that none of it is theirs. Runs of a server have no version before they are first leased.
 */
import { hasStatus } from "../literals.ts";

export const READY_OF_VERSION = {
  name: "0007-ready-of-version",
  statements: [
    `create index runs_ready_version on runs (environment_id, task_version, alone, order_at, id) where ${hasStatus("queued")} and limited = 0 and task_version is not null`,
  ],
};
