import { Worker } from "node:worker_threads";
import type { Env } from "../core/env.ts";
import { BEAT_MS } from "../protocol/worker-process.ts";
import { heartThreadUrl } from "./process-url.ts";

/** What the main thread leaves for the heart to read. */
export interface HeartStart {
  readonly cells: Int32Array<SharedArrayBuffer>;
}

/** Signs of life of the main thread. */
export const SIGNS = 0;
/** By how many milliseconds a sign was late, at most, since the heart looked last. */
export const LAG_MS = 1;

/** The event loop gives a sign at least once between two beats. */
const SIGN_MS = BEAT_MS / 2;

/**
 * Starts the thread by which a busy worker process differs from a dead one: it beats while user code keeps the event loop
 * from doing anything, and stops with the process.
 */
export function startHeart(env: Env): void {
  const cells = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const workerData: HeartStart = { cells };
  new Worker(heartThreadUrl(), { workerData, name: "perdure-heart", execArgv: [] }).unref();
  giveSigns(env, cells);
}

/** Until the process ends. */
function giveSigns(env: Env, cells: Int32Array): void {
  const dueAt = env.monotonic() + SIGN_MS;
  env.timer(SIGN_MS, () => {
    Atomics.add(cells, SIGNS, 1);
    const lagMs = Math.max(0, Math.floor(env.monotonic() - dueAt));
    if (lagMs > Atomics.load(cells, LAG_MS)) Atomics.store(cells, LAG_MS, lagMs);
    giveSigns(env, cells);
  });
}
