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

/** Asked from outside, unless a run asks: who does hears at once that there is no room. */
const OUTSIDE: ReadonlySet<string | symbol> = new Set<keyof StoreWrites>([
  "createRuns",
  "createBatch",
  "putBatchItems",
  "changeMetadata",
  "addTags",
  "rescheduleRun",
  "resetIdempotencyKey",
]);

const WRITES: Readonly<Record<keyof StoreWrites, true>> = {
  createRuns: true,
  leaseRuns: true,
  renewLeases: true,
  appendEntries: true,
  parkRun: true,
  holdRun: true,
  completeRun: true,
  retryRun: true,
  failRun: true,
  cancelRun: true,
  undoRun: true,
  requestCancel: true,
  restartRun: true,
  releaseRuns: true,
  reapRun: true,
  quarantineRun: true,
  wakeRun: true,
  completeDueWaitpoints: true,
  putQueues: true,
  pauseQueue: true,
  settleQueue: true,
  resumeQueue: true,
  overrideLimit: true,
  resetLimit: true,
  pauseEnvironment: true,
  resumeEnvironment: true,
  noteCheck: true,
  deleteRuns: true,
  createBatch: true,
  putBatchItems: true,
  deleteBatches: true,
  changeMetadata: true,
  addTags: true,
  rescheduleRun: true,
  resetIdempotencyKey: true,
  createApiKey: true,
  revokeApiKey: true,
  noteKeyUse: true,
  useToken: true,
};

/** The same store, whose writes are sent again, with the same parameters, while the database is away for a moment. */
export function retryingStore(store: Store, env: Env): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      if (!Object.hasOwn(WRITES, name)) return member.bind(target);
      return (params: object) => retry(() => member.call(target, params), env, retriedCodes(name, params));
    },
  });
}

function retriedCodes(verb: string | symbol, params: object): ReadonlySet<ErrorCode> {
  return OUTSIDE.has(verb) && !("parent" in params) ? UNKNOWN : PATIENT;
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
