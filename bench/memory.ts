/** Resident megabytes of this process once its garbage is gone. */
export function rssAfterCollection(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  return rssNow();
}

export function rssNow(): number {
  return process.memoryUsage.rss() / 1024 / 1024;
}
