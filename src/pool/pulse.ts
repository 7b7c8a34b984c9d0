import type { Beat } from "../protocol/worker-process.ts";

export interface PulseLimits {
  /** Silence of the heart after which the process counts as stopped. */
  readonly heartbeatTimeoutMs: number;
  /** How long user code may keep the event loop from everything else. */
  readonly hangTimeoutMs: number;
  /** How long a process may take from its spawn until it takes runs. */
  readonly startTimeoutMs: number;
}

/** Why a process is killed: it took too long to start, its heart stopped, its event loop hung, or it did not stop in time. */
export type KillReason = "start" | "heartbeat" | "hang" | "stop";

/**
 * What a pool can tell of a process from outside. Time is counted in the pool's own looks: after a machine slept, or when the
 * pool itself was busy, nobody has been heard for long, and nobody is to blame.
 */
export class Pulse {
  #silentMs = 0;
  #ageMs = 0;
  #isReady = false;
  #last: Beat | undefined;

  /** What the latest beat said. */
  get last(): Beat {
    return this.#last ?? { stalledMs: 0, lagMs: 0, rssBytes: 0 };
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  beat(beat: Beat): void {
    this.#last = beat;
    this.#silentMs = 0;
  }

  ready(): void {
    this.#isReady = true;
    this.#silentMs = 0;
  }

  /** Looks after `passedMs`. @returns Why the process must be killed, if it must. */
  look(passedMs: number, limits: PulseLimits): KillReason | undefined {
    this.#silentMs += passedMs;
    this.#ageMs += passedMs;
    if (!this.#isReady && this.#ageMs > limits.startTimeoutMs) return "start";
    // Until it has beaten once, or takes runs, it is still starting.
    const isStarted = this.#isReady || this.#last !== undefined;
    if (isStarted && this.#silentMs > limits.heartbeatTimeoutMs) return "heartbeat";
    return this.last.stalledMs > limits.hangTimeoutMs ? "hang" : undefined;
  }
}
