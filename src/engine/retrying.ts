import { type Env, sleep } from "../core/env.ts";
import { type ErrorCode, isPerdureError } from "../core/errors.ts";
import type { Store, StoreWrites } from "../store/store.ts";

const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 5_000;
/** After about half a minute the error goes up; leases of the workers that wait have run out by then. */
const MAX_RETRIES = 10;

/** Whether it was stored is unknown; every verb may be sent twice. */
const UNKNOWN: ReadonlySet<ErrorCode> = new Set(["STORE_UNAVAILABLE"]);
/** A worker's result is worth waiting for room; a new run is refused at once, so that its producer slows down. */
const PATIENT: ReadonlySet<ErrorCode> = new Set(["STORE_UNAVAILABLE", "STORE_BUSY", "DISK_FULL"]);

/** Asked from outside: who does hears at once that there is no room, unless it is a run that asks. */
const WHO_ASKS: Readonly<Record<keyof StoreWrites, "us" | "outside">> = {
  createRuns: "outside",
  leaseRuns: "us",
  renewLeases: "us",
  appendEntries: "us",
  parkRun: "us",
  holdRun: "us",
  completeRun: "us",
  retryRun: "us",
  failRun: "us",
  cancelRun: "us",
  undoRun: "us",
  requestCancel: "us",
  restartRun: "us",
  releaseRuns: "us",
  reapRun: "us",
  quarantineRun: "us",
  wakeRun: "us",
  completeDueWaitpoints: "us",
  putQueues: "us",
  pauseQueue: "us",
  settleQueue: "us",
  resumeQueue: "us",
  overrideLimit: "us",
  resetLimit: "us",
  pauseEnvironment: "us",
  resumeEnvironment: "us",
  noteCheck: "us",
  deleteRuns: "us",
  deleteRecords: "us",
  createBatch: "outside",
  putBatchItems: "outside",
  deleteBatches: "us",
  changeMetadata: "outside",
  addTags: "outside",
  rescheduleRun: "outside",
  resetIdempotencyKey: "outside",
  createApiKey: "us",
  revokeApiKey: "us",
  noteKeyUse: "us",
  useToken: "us",
};

/** The same store, whose writes are sent again, with the same parameters, while the database is away for a moment. */
export function retryingStore(store: Store, env: Env): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      if (!isWrite(name)) return member.bind(target);
      return (params: object) => retry(() => member.call(target, params), env, retriedCodes(name, params));
    },
  });
}

function isWrite(name: string | symbol): name is keyof StoreWrites {
  return Object.hasOwn(WHO_ASKS, name);
}

function retriedCodes(verb: keyof StoreWrites, params: object): ReadonlySet<ErrorCode> {
  return WHO_ASKS[verb] === "outside" && !("parent" in params) ? UNKNOWN : PATIENT;
}

async function retry(send: () => Promise<unknown>, env: Env, codes: ReadonlySet<ErrorCode>): Promise<unknown> {
  for (let retries = 0; ; retries++) {
    try {
      return await send();
    } catch (error) {
      if (!isPerdureError(error) || !codes.has(error.code) || retries === MAX_RETRIES) throw error;
      await sleep(env, Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** retries));
    }
  }
}
