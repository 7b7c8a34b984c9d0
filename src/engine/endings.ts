/** Who waits for the end of which run, in this process. */
export interface Endings {
  listen(runId: string): Listening;
  /** Wakes those who wait for this run. */
  tell(runId: string): void;
  /** Wakes all, for good. */
  close(): void;
  readonly isClosed: boolean;
}

export interface Listening {
  /** Aborts when the run has ended, or none will be heard of any more. */
  readonly signal: AbortSignal;
  stop(): void;
}

/** Nobody reads it. Without one each abort would make an error with a stack, which costs more than all the rest of a listener. */
const ENDED = "ended";

export function createEndings(): Endings {
  const listeners = new Map<string, Set<AbortController>>();
  let isClosed = false;
  return {
    get isClosed() {
      return isClosed;
    },
    listen(runId) {
      const controller = new AbortController();
      const ofRun = listeners.get(runId) ?? new Set();
      listeners.set(runId, ofRun.add(controller));
      if (isClosed) controller.abort(ENDED);
      return {
        signal: controller.signal,
        stop() {
          ofRun.delete(controller);
          if (ofRun.size === 0 && listeners.get(runId) === ofRun) listeners.delete(runId);
        },
      };
    },
    tell(runId) {
      for (const controller of listeners.get(runId) ?? []) controller.abort(ENDED);
    },
    close() {
      isClosed = true;
      for (const ofRun of listeners.values()) for (const controller of ofRun) controller.abort(ENDED);
    },
  };
}
