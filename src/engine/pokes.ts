/** Whom to tell when a worker of this process should look at a run. */
export interface Pokes {
  /** @returns Ends the listening. */
  listen(listener: (runId: string) => void): () => void;
  tell(runId: string): void;
}

export function createPokes(onProblem: (error: unknown, where: string) => void): Pokes {
  const listeners = new Set<(runId: string) => void>();
  return {
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell(runId) {
      for (const listener of listeners) {
        try {
          listener(runId);
        } catch (error) {
          onProblem(error, "poke");
        }
      }
    },
  };
}
