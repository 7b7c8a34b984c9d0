export interface Memory {
  readonly rss: number;
  readonly heap: number;
}

/** Megabytes of this process after a collection. `rss` holds what V8 and SQLite keep for later too, `heap` only what is in use. */
export function memoryAfterCollection(): Memory {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  return memoryNow();
}

export function memoryNow(): Memory {
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: rss / 1024 / 1024, heap: heapUsed / 1024 / 1024 };
}
