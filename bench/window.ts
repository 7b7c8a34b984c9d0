const WARM_UP_MS = 300;
const WINDOW_MS = 700;

/**
 * How often per second so many loops come round together, in a window after a warm-up.
 *
 * @param act - One round of one loop; answers with how much it has done.
 */
export async function ratePerSecond(loops: number, act: () => Promise<number>): Promise<number> {
  const from = performance.now() + WARM_UP_MS;
  const to = from + WINDOW_MS;
  let done = 0;
  let endedAt = to;
  async function loop(): Promise<void> {
    for (;;) {
      const count = await act();
      const now = performance.now();
      // What began in the warm-up is no part of it, what ends after it is, with the time that it took.
      if (now >= from) {
        done += count;
        endedAt = now;
      }
      if (now >= to) return;
    }
  }
  await Promise.all(Array.from({ length: loops }, loop));
  return (done * 1_000) / (endedAt - from);
}
