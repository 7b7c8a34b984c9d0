import { Worker } from "node:worker_threads";
import type { Env } from "../core/env.ts";
import { BEAT_MS } from "../protocol/worker-process.ts";
import { heartThreadUrl } from "./process-url.ts";
import type { Stall } from "./stalls.ts";

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
export function startHeart(env: Env): LoopWatch {
  const cells = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const workerData: HeartStart = { cells };
  new Worker(heartThreadUrl(), { workerData, name: "perdure-heart", execArgv: [] }).unref();
  const watch = new LoopWatch(env);
  giveSigns(env, cells, watch);
  return watch;
}

/** How late the event loop is. */
export class LoopWatch {
  readonly #env: Env;
  #dueAt = Number.POSITIVE_INFINITY;
  /** Called after each stall, however short. */
  onStall: (stall: Stall) => void = () => undefined;

  constructor(env: Env) {
    this.#env = env;
  }

  /** The stall that is not over yet, or has not been noticed by the event loop; of 0 ms when there is none. */
  get stall(): Stall {
    return { since: this.#dueAt, ms: Math.max(0, this.#env.monotonic() - this.#dueAt) };
  }

  expectSign(afterMs: number): void {
    this.#dueAt = this.#env.monotonic() + afterMs;
  }
}

/** Until the process ends. */
function giveSigns(env: Env, cells: Int32Array, watch: LoopWatch): void {
  watch.expectSign(SIGN_MS);
  env.timer(SIGN_MS, () => {
    Atomics.add(cells, SIGNS, 1);
    const { stall } = watch;
    if (stall.ms > Atomics.load(cells, LAG_MS)) Atomics.store(cells, LAG_MS, Math.floor(stall.ms));
    giveSigns(env, cells, watch);
    watch.onStall(stall);
  });
}
