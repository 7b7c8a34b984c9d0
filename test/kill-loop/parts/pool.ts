import { createPool as create } from "../../../src/pool/index.ts";
import { reach } from "../failpoints.ts";
import { readSettings } from "../settings.ts";

export * from "../../../src/pool/index.ts";

/** A pool whose processes have failpoints, and that has one before and after it gives the runs of a dead one away. */
export const createPool: typeof create = (options) =>
  create({
    ...options,
    program: new URL("../mortal-worker.ts", import.meta.url),
    keepWarm: readSettings().keepWarm,
    async onWorkerLost(lost) {
      reach("before the pool hands runs over");
      await options.onWorkerLost(lost);
      reach("after the pool handed runs over");
    },
  });
