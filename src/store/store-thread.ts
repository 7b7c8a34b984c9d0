import type { Worker } from "node:worker_threads";
import type { Env, Timer } from "../core/env.ts";
import { perdureError } from "../core/errors.ts";
import { NONCE_BYTES } from "./seal.ts";
import { startWorker } from "./sibling.ts";
import { problemOf } from "./sqlite-errors.ts";
import type { StoreThreadMessage, StoreThreadStart } from "./sqlite-thread.ts";
import type { StoreOptions } from "./store-options.ts";
import { createWriteQueue, type WriteQueue } from "./write-queue.ts";

export interface StoreThreadOptions {
  readonly env: Env;
  readonly start: Omit<StoreThreadStart, "startNonce">;
  /** Told after each batch of answers. */
  readonly onAnswers: () => void;
  readonly onBatch?: StoreOptions["onBatch"];
  readonly onProblem: (error: Error) => void;
}

/** A thread that dies younger than this is not started again at once: whatever killed it is still there. */
const RESTART_AFTER_MS = 1_000;

/**
 * The writing side of a SQLite store: the thread that owns the file, and the queue before it. When the thread dies, what was
 * sent to it is refused as unknown and another takes over.
 *
 * It keeps the process alive while writes wait for an answer and not while it is idle: a program that forgot to close its
 * store ends, with everything it was promised on the disk.
 */
export function createStoreThread({
  env,
  start,
  onAnswers,
  onBatch,
  onProblem,
}: StoreThreadOptions): WriteQueue & { close(): Promise<void> } {
  let worker: Worker | undefined;
  let startedAt = 0;
  let isBusy = false;
  let restart: Timer | undefined;
  let onClosed: (() => void) | undefined;
  const queue = createWriteQueue({ env, post, onBusy: setBusy, ...(onBatch === undefined ? {} : { onBatch }) });
  startThread();
  // Not spread: what is waiting is read when it is asked for.
  return Object.assign(Object.create(queue) as WriteQueue, { close });

  function startThread(): void {
    const workerData: StoreThreadStart = { ...start, startNonce: env.randomBytes(NONCE_BYTES) };
    const started = startWorker("sqlite-thread", workerData);
    let problem: unknown;
    started.on("message", (outcomes) => {
      queue.settle(outcomes);
      onAnswers();
    });
    started.on("error", (error) => {
      problem = error;
    });
    started.on("exit", (code) => onExit(problem ?? new Error(`its thread ended with code ${code}`)));
    worker = started;
    startedAt = env.monotonic();
    setBusy(isBusy);
  }

  function onExit(problem: unknown): void {
    worker = undefined;
    if (onClosed === undefined) recover(problem);
    else onClosed();
  }

  function recover(problem: unknown): void {
    const error = perdureError("STORE_UNAVAILABLE", { problem: problemOf(problem) }, { cause: problem });
    onProblem(error);
    queue.abandon(error);
    const age = env.monotonic() - startedAt;
    if (age >= RESTART_AFTER_MS) startThread();
    else restart = env.timer(RESTART_AFTER_MS - age, startThread);
  }

  function post(message: StoreThreadMessage): void {
    if (worker === undefined)
      throw perdureError("STORE_UNAVAILABLE", { problem: "its thread died and is about to be started again" });
    worker.postMessage(message);
  }

  function setBusy(busy: boolean): void {
    isBusy = busy;
    if (busy) worker?.ref();
    else worker?.unref();
  }

  async function close(): Promise<void> {
    await queue.drained();
    restart?.clear();
    if (worker === undefined) return;
    worker.ref();
    const isClosed = new Promise<void>((resolve) => {
      onClosed = resolve;
    });
    post("close");
    await isClosed;
  }
}
