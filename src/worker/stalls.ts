import type { Env } from "../core/env.ts";
import type { Recorder } from "./recorder.ts";

/** The event loop could do nothing: since when it was due to, and for how long. */
export interface Stall {
  readonly since: number;
  readonly ms: number;
}

/** From this long on a stall is worth a line: others in the same process have waited for it. */
export const NOTED_STALL_MS = 100;
/** A run that computes all the time would fill its story. */
const PAUSE_MS = 10_000;

/** Tells in a run's story that the event loop was kept busy while its code was executing. */
export class Stalls {
  readonly #env: Env;
  readonly #recorder: () => Recorder;
  #notedAt = Number.NEGATIVE_INFINITY;

  constructor(env: Env, recorder: () => Recorder) {
    this.#env = env;
    this.#recorder = recorder;
  }

  /** Goes with whatever is written next. @param runs - How many were executing: with one, there is no doubt whose code it was. */
  note({ since, ms }: Stall, runs: number): void {
    if (ms < NOTED_STALL_MS || since < this.#notedAt + PAUSE_MS) return;
    this.#notedAt = this.#env.monotonic();
    this.#recorder().note({ kind: "worker.stalled", details: JSON.stringify({ ms: Math.round(ms), runs }) });
  }
}
