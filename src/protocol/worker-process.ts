/** What a pool and a worker process say to each other, besides the calls that the pool passes on to the node. */
import type { EffectPolicy } from "../core/effect-mode.ts";
import type { ClientCalls } from "./client-calls.ts";
import type { WorkerCalls } from "./worker-calls.ts";

/** Inherited descriptors: standard input and output belong to user code. */
export const PIPE_FD = 3;
/** The worker's heart has one of its own, since a busy event loop writes nothing. */
export const BEATS_FD = 4;

/** How often a worker's heart says that it beats. */
export const BEAT_MS = 200;

/** What a pool asks of a worker process. */
export interface ProcessCalls {
  /** Loads the tasks and takes runs; answered when it does. */
  start(input: WorkerStart): Promise<void>;
  /** Takes nothing new and hands its runs back; answered when the node has them. */
  stop(): Promise<void>;
}

export interface WorkerStart {
  /** The absolute path of the module that exports the tasks. */
  readonly module: string;
  /** Which of its tasks this worker takes runs of. */
  readonly tasks: readonly string[];
  readonly environmentId: string;
  /** Of the module's code. */
  readonly version?: string;
  readonly concurrency: number;
  readonly keepWarm: number;
  /** How effects outside of steps are treated where a task says nothing. */
  readonly effects: EffectPolicy;
  /** Environment variables whose reading is told of as a problem. */
  readonly unnamed: readonly string[];
}

/** What the heart of a worker process, a thread of its own, knows of the main thread. */
export interface Beat {
  /** How long the event loop has shown no sign of life; 0 when it did since the beat before. */
  readonly stalledMs: number;
  /** By how much the event loop was late since the beat before, at most. */
  readonly lagMs: number;
  /** Memory of the whole process. */
  readonly rssMb: number;
}

/** Whether code of users may make it. A table, so that a call which is added to the two interfaces cannot be forgotten here. */
const PASSED_ON: Readonly<Record<keyof (ClientCalls & WorkerCalls), boolean>> = {
  trigger: true,
  retrieve: true,
  list: true,
  events: true,
  journal: true,
  cancel: true,
  replay: true,
  restart: true,
  reschedule: true,
  changeMetadata: true,
  addTags: true,
  resetIdempotencyKey: true,
  createBatch: true,
  addBatchItems: true,
  retrieveBatch: true,
  awaitRun: true,
  explain: true,
  listQueues: true,
  retrieveQueue: true,
  pauseQueue: true,
  pauseEverything: true,
  overrideQueueLimit: true,
  resetQueueLimit: true,
  status: true,
  createPublicToken: true,
  createKey: false,
  listKeys: false,
  revokeKey: false,
  logs: true,
  lease: true,
  renew: true,
  release: true,
  record: true,
  triggerFrom: true,
  park: true,
  unpark: true,
  finish: true,
  readEntries: true,
  readContinuation: true,
  readEntry: true,
  readStepKeys: true,
  readOwedUndos: true,
  readWaitpoints: true,
  readChildren: true,
  wasParked: true,
  appendLogs: true,
};

export type NodeCall = keyof typeof PASSED_ON;

/** All calls of the two tables. */
export const NODE_CALLS = Object.keys(PASSED_ON) as readonly NodeCall[];

export function isNodeCall(call: string): call is NodeCall {
  return Object.hasOwn(PASSED_ON, call);
}

/** False of calls that a pool does not pass on: a process with users' code gets no secret keys. */
export function isForWorkers(call: NodeCall): boolean {
  return PASSED_ON[call];
}
