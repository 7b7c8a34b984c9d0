/** Whom to tell of something that happened here. Costs nothing while nobody listens. */
export interface Listeners<News> {
  /** @returns Ends the listening. */
  listen(listener: (news: News) => void): () => void;
  /** A listener that throws keeps nobody from hearing. */
  tell(news: News): void;
}

/** @param what - What it is about, for the report of a listener that threw. */
export function createListeners<News>(
  what: string,
  onProblem: (error: unknown, where: string) => void,
): Listeners<News> {
  const listeners = new Set<(news: News) => void>();
  return {
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell(news) {
      for (const listener of listeners) {
        try {
          listener(news);
        } catch (error) {
          onProblem(error, what);
        }
      }
    },
  };
}
