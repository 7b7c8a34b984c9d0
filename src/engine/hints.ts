import type { Woken } from "../store/store.ts";

/**
 * What one part of a node tells another so that it need not wait to be asked. A hint never carries correctness: whoever is
 * told looks into the store, and finds the same by itself a little later when the hint is lost. Instants are the store's.
 */
export interface Hints {
  /** A run is ready, or will be at `dueAt`. */
  ready(dueAt?: number): void;
  /** A run is ready because code of it that is alive in this worker called back. */
  called(workerId: string): void;
  /** Runs were leased until then. */
  leased(until: number): void;
  /** Something waits for an instant. */
  waits(dueAt: number): void;
  /** A run fails unless it has started by then. */
  expires(expiresAt: number): void;
  /** A batch waits for its items until then. */
  batchOpen(until: number): void;
  /** The end of a run that executes was asked for. */
  endAsked(runId: string): void;
  /** Runs that no worker executes shall end. */
  canceling(): void;
  /** A run left its worker without being final: its slot is free, and an end that was asked for is the canceler's now. */
  freed(runId: string): void;
  /** A run is final. */
  finished(runId: string): void;
  /** These were waiting for something that has come. */
  woken(woken: readonly Woken[]): void;
}

/** Who listens: the loops, and whoever waits for single runs. */
export interface HintReceivers {
  readonly dispatcher: (at: number) => void;
  /** This worker is asked first, once. */
  readonly preferred: (workerId: string) => void;
  readonly reaper: (at: number) => void;
  readonly waker: (at: number) => void;
  readonly expirer: (at: number) => void;
  readonly batchPruner: (at: number) => void;
  readonly canceler: () => void;
  readonly finished: (runId: string) => void;
  /** An executing run's waitpoint was completed or its end was asked for: its worker should look. */
  readonly poke: (runId: string) => void;
}

const AT_ONCE = 0;

export function createHints(receivers: HintReceivers): Hints {
  /** Executing runs whose end was asked for. One that parks leaves no trace that the canceler would be woken by. */
  const ending = new Set<string>();
  return {
    ready: (dueAt = AT_ONCE) => receivers.dispatcher(dueAt),
    called(workerId) {
      receivers.preferred(workerId);
      receivers.dispatcher(AT_ONCE);
    },
    leased: (until) => receivers.reaper(until),
    waits: (dueAt) => receivers.waker(dueAt),
    expires: (expiresAt) => receivers.expirer(expiresAt),
    batchOpen: (until) => receivers.batchPruner(until),
    endAsked(runId) {
      ending.add(runId);
      receivers.poke(runId);
      // It may have parked before it was remembered here; the canceler finds it then.
      receivers.canceler();
    },
    canceling: () => receivers.canceler(),
    freed(runId) {
      if (ending.delete(runId)) receivers.canceler();
      receivers.dispatcher(AT_ONCE);
    },
    finished(runId) {
      ending.delete(runId);
      receivers.finished(runId);
      receivers.dispatcher(AT_ONCE);
    },
    woken(woken) {
      for (const { runId, status } of woken) {
        if (status === "executing") receivers.poke(runId);
        else receivers.dispatcher(AT_ONCE);
      }
    },
  };
}
