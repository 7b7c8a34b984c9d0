export interface Memory {
  readonly rss: number;
  readonly heap: number;
}

/** Megabytes of this process once its garbage is gone. What it had in use at its peak V8 gives back later or never: that is in `rss` only. */
export function memoryAfterCollection(): Memory {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  return memoryNow();
}

export function memoryNow(): Memory {
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: rss / 1024 / 1024, heap: heapUsed / 1024 / 1024 };
}
